// SPDX-License-Identifier: MIT
/* The catalogue of errors: its numbers and words, and what libpinion makes of them. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../tap.h"
#include "internal.h"

#define RANGE(symbol, first, what) first,

static const struct pinion_error_row rows[] = { PINION_ERRORS(PINION_ERROR_ROW) };
static const unsigned int ranges[] = { PINION_ERROR_RANGES(RANGE) };

#define ROWS   (sizeof(rows) / sizeof(rows[0]))
#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static bool is_sentence(const char *text)
{
	size_t length = strlen(text);

	return length > 5 && isupper(text[0]) && text[length - 1] == '.' && !strstr(text, "  ");
}

static bool in_a_range(unsigned int code)
{
	for (unsigned int i = 0; i < RANGES; i++) {
		if (code - ranges[i] < PINION_ERRORS_PER_RANGE)
			return true;
	}
	return false;
}

/* How many rows fail @good, each of which is named. */
static unsigned int bad_rows(bool (*good)(const struct pinion_error_row *row))
{
	unsigned int bad = 0;

	for (unsigned int i = 0; i < ROWS; i++) {
		if (good(&rows[i]))
			continue;
		printf("# %#x %s\n", rows[i].code, rows[i].symbol);
		bad++;
	}
	return bad;
}

static bool has_number(const struct pinion_error_row *row)
{
	return in_a_range(row->code) && (row == rows || row[-1].code < row->code);
}

static bool has_words(const struct pinion_error_row *row)
{
	return is_sentence(row->sentence) && is_sentence(row->action) && row->name[0] &&
	       row->name[strlen(row->name) - 1] != '.';
}

static bool has_errno(const struct pinion_error_row *row)
{
	return row->err ? row->err > 0 && row->err < 4096 : row->blame == PINION_BLAME_NONE;
}

/* struct pinion_error.text holds sentence and action, and in front what the error is about. */
static bool fits(const struct pinion_error_row *row)
{
	struct pinion_error err;

	return 59 + 2 + strlen(row->sentence) + 1 + strlen(row->action) < sizeof(err.text);
}

static bool is_found(const struct pinion_error_row *row)
{
	const struct pinion_error_row *found = pinion_error_find(row->code);

	return found->code == row->code && !strcmp(found->symbol, row->symbol);
}

static void catalogue(void)
{
	tap_ok(!bad_rows(has_number), "each number is in a range and above the one before");
	tap_ok(!bad_rows(has_words), "sentences and actions are whole sentences, names are not");
	tap_ok(!bad_rows(has_errno), "each error has an errno; without one nobody is at fault");
	tap_ok(!bad_rows(fits), "sentence and action fit into struct pinion_error");
	tap_ok(!bad_rows(is_found), "each row is found by its number");
	for (unsigned int i = 1; i < RANGES; i++) {
		if (ranges[i] % PINION_ERRORS_PER_RANGE || ranges[i] <= ranges[i - 1])
			tap_bail("range %#x is out of place", ranges[i]);
	}
	tap_ok(!strcmp(pinion_blame_word(PINION_BLAME_NONE), "nobody") &&
		       !strcmp(pinion_blame_word(PINION_BLAME_HOST), "host"),
	       "who is at fault has a word");
}

static unsigned int code_of(enum pinion_error_range range, unsigned int value)
{
	return pinion_error_find(pinion_error_code(range, value))->code;
}

static void unknown(void)
{
	unsigned int value, bad = 0;

	for (value = PINION_STATUS_BAD_RING + 1; value < 0x300; value++)
		bad += code_of(PINION_ERRORS_JOB, value) != PINION_ERROR_UNKNOWN_STATUS;
	bad += code_of(PINION_ERRORS_JOB, ~0u) != PINION_ERROR_UNKNOWN_STATUS;
	tap_ok(!bad, "every other status of a job is the unknown one");
	tap_ok(code_of(PINION_ERRORS_BOOT, PINION_BOOT_ERR_FLASH + 1) ==
			       PINION_ERROR_UNKNOWN_BOOT_ERROR &&
		       code_of(PINION_ERRORS_BOOT, 0xff) == PINION_ERROR_UNKNOWN_BOOT_ERROR,
	       "so is another boot error");
	tap_ok(code_of(PINION_ERRORS_MAILBOX, 0xffff) == PINION_ERROR_UNKNOWN_REPLY,
	       "so is another reply");
	tap_ok(pinion_error_find(PINION_ERRORS_FORMAT)->code == PINION_ERROR_UNKNOWN_CODE &&
		       pinion_error_find(~0u)->code == PINION_ERROR_UNKNOWN_CODE,
	       "a number of a range without rows is unknown");
}

/* Programs test for these: they stay as they were before there was a catalogue. */
static const struct {
	uint32_t status;
	int err;
	const char *name;
} statuses[] = {
	{ PINION_STATUS_OK, 0, "no error" },
	{ PINION_STATUS_ABORTED, -ECANCELED, "stopped before it completed" },
	{ PINION_STATUS_BAD_DESC, -EBADMSG, "bad descriptor" },
	{ PINION_STATUS_BAD_PACKET, -EBADMSG, "bad packet" },
	{ PINION_STATUS_PAGE_FAULT, -EFAULT, "page fault" },
	{ PINION_STATUS_ILLEGAL_INSN, -ENOEXEC, "illegal instruction" },
	{ PINION_STATUS_SCRATCHPAD, -ERANGE, "access outside the scratchpad" },
	{ PINION_STATUS_HOST_DMA, -EIO, "the host refused a DMA" },
	{ PINION_STATUS_TRAP, -ENOEXEC, "trap" },
	{ PINION_STATUS_MATRIX, -ERANGE, "matrix descriptor out of range" },
	{ PINION_STATUS_BAD_RING, -EBADMSG, "bad ring or doorbell" },
	{ 11, -EIO, "unknown status" },
	{ ~0u, -EIO, "unknown status" },
};

static void library(void)
{
	struct pinion_error err;
	unsigned int bad = 0;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		bad += pinion_status_errno(statuses[i].status) != statuses[i].err ||
		       strcmp(pinion_status_name(statuses[i].status), statuses[i].name);
	tap_ok(!bad, "each status keeps its errno and its name");
	tap_ok(pinion_fail_row(&err, PINION_ERROR_NO_SUCH_JOB, "job %d", 7) == -EINVAL &&
		       err.code == -EINVAL && err.core == ~0u &&
		       !strncmp(err.text, "job 7: There is no such job on this queue. Pass ", 48),
	       "%s", err.text);
	tap_ok(pinion_fail_row(NULL, PINION_ERROR_DEADLINE, "job") == -ETIMEDOUT,
	       "without a struct to fill there is the errno");
	tap_ok(!strcmp(pinion_why(NULL, -EDQUOT),
		       pinion_error_find(PINION_ERROR_OVER_LIMIT)->name) &&
		       !strcmp(pinion_why(NULL, -EIO), strerror(EIO)),
	       "an errno to which the driver gives a meaning of its own");
}

int main(void)
{
	tap_plan(14);
	catalogue();
	unknown();
	library();
	return tap_result();
}
