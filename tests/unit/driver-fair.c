// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns: owners in turn, and each owner's leaves in the order in which they came. */
#include "kshim.h"

#include "pinion_fair.h"

#include "../tap.h"

#define USERS  3
#define FILES  2
#define LEAVES 40

static struct pinion_fair root, users[USERS], files[USERS][FILES], leaves[LEAVES];
static unsigned int owners[LEAVES]; /* user of a leaf */
static unsigned int used;

static void plant(void)
{
	unsigned int user, file;

	used = 0;
	pinion_fair_init(&root, NULL);
	for (user = 0; user < USERS; user++) {
		pinion_fair_init(&users[user], &root);
		for (file = 0; file < FILES; file++)
			pinion_fair_init(&files[user][file], &users[user]);
	}
}

/* Let @n leaves of a file wait. */
static void wait_for(unsigned int user, unsigned int file, unsigned int n)
{
	while (n--) {
		owners[used] = user;
		pinion_fair_init(&leaves[used], &files[user][file]);
		pinion_fair_add(&leaves[used++]);
	}
}

static int next(void)
{
	struct pinion_fair *leaf = pinion_fair_take(&root);

	return leaf ? leaf - leaves : -1;
}

/* Whether the leaves with the numbers @want have the next turns, in that order. */
static bool turns(const int *want, unsigned int n)
{
	bool good = true;

	while (n--)
		good &= next() == *want++;
	return good;
}

static void test_order(void)
{
	plant();
	tap_ok(next() < 0, "nobody waits, nobody has a turn");
	wait_for(0, 0, 3);
	tap_ok(turns((int[]){ 0, 1, 2, -1 }, 4), "one file: in the order in which they came");
	plant();
	wait_for(0, 0, 3);
	wait_for(0, 1, 1);
	tap_ok(turns((int[]){ 0, 3, 1, 2, -1 }, 5), "two files of a user: in turn");
	plant();
	wait_for(0, 0, 2);
	wait_for(0, 1, 2);
	wait_for(1, 0, 2);
	tap_ok(turns((int[]){ 0, 4, 2, 5, 1, 3, -1 }, 7), "two users: in turn, whatever files");
}

/* A leaf may wait at the root itself, as a user would. */
static void test_root(void)
{
	struct pinion_fair own;

	plant();
	wait_for(0, 0, 3);
	pinion_fair_init(&own, &root);
	pinion_fair_add(&own);
	tap_ok(next() == 0 && pinion_fair_take(&root) == &own && next() == 1,
	       "a leaf below the root has its turn");
}

static void test_remove(void)
{
	plant();
	wait_for(0, 0, 3);
	wait_for(1, 0, 1);
	pinion_fair_remove(&leaves[1]);
	pinion_fair_remove(&leaves[3]);
	tap_ok(turns((int[]){ 0, 2, -1 }, 3), "who waits no longer has no turn");
	pinion_fair_add(&leaves[3]);
	tap_ok(turns((int[]){ 3, -1 }, 2), "a user who had left comes back");
}

/* Whoever comes back at once after each turn holds nobody up for more than one turn of each. */
static void test_greedy(void)
{
	unsigned int i, worst = 0, waited = 0;
	int leaf;

	plant();
	wait_for(0, 0, 16);
	wait_for(0, 1, 16);
	wait_for(1, 0, 1);
	for (i = 0; i < 1000; i++) {
		leaf = next();
		waited = owners[leaf] == 1 ? 0 : waited + 1;
		worst = waited > worst ? waited : worst;
		pinion_fair_add(&leaves[leaf]);
	}
	tap_ok(worst == 1, "one leaf beside 32 of another user: %u turns of others between", worst);
}

int main(void)
{
	tap_plan(8);
	test_order();
	test_root();
	test_remove();
	test_greedy();
	return tap_result();
}
