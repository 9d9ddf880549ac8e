// SPDX-License-Identifier: MIT
/* A card that does not work: the library's words quote the driver's files in health/. */
#include <errno.h>
#include <string.h>

#include "runtime_mock.h"
#include "tap.h"

#define WHY(state) "the card's state is " state ": " MOCK_REASON " " MOCK_ACTION

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_error err;

static void refused_by_a_failed_card(void)
{
	struct pinion_buffer *buf;

	mock.state = "failed";
	mock.refuse = -ENODEV;
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -ENODEV && strstr(err.text, WHY("failed")),
	       "a job: %s", err.text);
	mock.fail_at = mock.calls + 1;
	mock.fail_errno = ENODEV;
	tap_ok(pinion_buffer_create(dev, 4096, PINION_BUFFER_HOST, &buf, &err) == -ENODEV &&
		       strstr(err.text, WHY("failed")),
	       "a buffer: %s", err.text);
}

static void stopped_while_the_card_recovers(void)
{
	struct pinion_point job;

	mock.state = "recovering";
	mock.refuse = -ESHUTDOWN;
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -ESHUTDOWN &&
		       strstr(err.text, WHY("recovering")),
	       "a job on a stopped queue: %s", err.text);
	mock.refuse = 0;
	if (pinion_submit(queue, cb, &job, &err))
		tap_bail("%s", err.text);
	mock_complete(-ECANCELED, 0);
	tap_ok(pinion_wait(&job, PINION_WAIT_FOREVER, &err) == -ECANCELED &&
		       strstr(err.text, WHY("recovering")),
	       "a job that was in flight: %s", err.text);
}

static void refused_by_others(void)
{
	mock.state = "ok";
	mock.refuse = -ENODEV;
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -ENODEV &&
		       strstr(err.text, "open the device again"),
	       "the card works: %s", err.text);
	mock.state = NULL;
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -ENODEV &&
		       strstr(err.text, "the card is gone"),
	       "there is no card: %s", err.text);
	mock.state = "failed";
	mock.refuse = -EINVAL;
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -EINVAL &&
		       !strstr(err.text, "the card's state"),
	       "a mistake of the program has its own words: %s", err.text);
}

int main(void)
{
	tap_plan(7);
	mock_reset();
	dev = mock_device();
	if (pinion_queue_create(dev, NULL, &queue, &err) || pinion_cmdbuf_create(dev, 0, &cb, &err))
		tap_bail("%s", err.text);
	refused_by_a_failed_card();
	stopped_while_the_card_recovers();
	refused_by_others();
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
