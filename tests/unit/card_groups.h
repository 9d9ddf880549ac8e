/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups, save areas and endless kernels: what the tests of sharing and of preemption have in
 * common. */
#ifndef CARD_GROUPS_H
#define CARD_GROUPS_H

#include "card_fixture.h"

#define CORES	4u
#define VMS	4u
#define SLICE	2000u
#define CMD	FX_DEV_VA
#define CODE	(FX_DEV_VA + 0x10000)
#define OUT	(FX_DEV_VA + 0x100000)
#define SAVE(v) ((24u << 20) + (v) * (1u << 20))

static inline void wr(struct fixture *fx, uint32_t va, uint32_t value)
{
	if (mgmt_mmio(fx->card, va, &value, 4, RV_WRITE))
		tap_bail("write of 0x%x faults", va);
}

static inline uint32_t rd(struct fixture *fx, uint32_t va)
{
	uint32_t value;

	if (mgmt_mmio(fx->card, va, &value, 4, RV_READ))
		tap_bail("read of 0x%x faults", va);
	return value;
}

static inline uint32_t area_reg(uint32_t vm, uint32_t reg)
{
	return PINION_MGMT_SAVE_BASE + vm * PINION_MGMT_SAVE_STRIDE + reg;
}

static inline uint32_t group_reg(uint32_t group, uint32_t reg)
{
	return PINION_MGMT_GROUP_BASE + group * PINION_MGMT_GROUP_STRIDE + reg;
}

/* Address space @vm of group @group, with a save area unless @save is 0. */
static inline void make_vm(struct fixture *fx, uint32_t vm, uint32_t save, uint32_t group)
{
	mmu_set_root(fx->card, vm, 0);
	wr(fx, area_reg(vm, PINION_MGMT_SAVE_HI), 0);
	wr(fx, area_reg(vm, PINION_MGMT_SAVE_LO), save);
	wr(fx, area_reg(vm, PINION_MGMT_SAVE_GROUP), group);
	fx_vm(fx, vm);
}

/* A card on which address space v belongs to group v. */
static inline struct fixture *start(void)
{
	struct fixture *fx = fx_new(CORES, NULL);
	uint32_t vm;

	for (vm = 1; vm <= VMS; vm++)
		make_vm(fx, vm, SAVE(vm), vm);
	wr(fx, PINION_MGMT_SYS_BASE + PINION_MGMT_SLICE, SLICE);
	return fx;
}

static inline uint64_t code_at(uint32_t q)
{
	return CODE + q * 0x1000;
}

/* Queue @q, which equals the number of its address space modulo 16, launches @code. */
static inline void launch(struct fixture *fx, uint32_t q, const uint32_t *code, size_t bytes,
			  uint32_t blocks)
{
	struct pinion_pkt_launch p = FX_LAUNCH(code_at(q), OUT, blocks, 1, 1);
	uint64_t cmd = CMD + q * 256;

	p.scratch_bytes = 64;
	memcpy(fx_dev(fx, code_at(q)), code, bytes);
	mmu_invalidate(fx->card, 0);
	memcpy(fx_dev(fx, cmd), &p, sizeof(p));
	fx_exec(fx, q, cmd, sizeof(p), q);
}

static inline void launch_endless(struct fixture *fx, uint32_t q, uint32_t blocks)
{
	static const uint32_t code[] = { LOOP_FOREVER };

	launch(fx, q, code, sizeof(code), blocks);
}

static inline uint64_t cycles_of(struct fixture *fx, uint32_t group)
{
	return (uint64_t)rd(fx, group_reg(group, PINION_MGMT_GROUP_CYCLES_HI)) << 32 |
	       rd(fx, group_reg(group, PINION_MGMT_GROUP_CYCLES_LO));
}

static inline uint32_t preemptions(struct fixture *fx, uint32_t group)
{
	return rd(fx, group_reg(group, PINION_MGMT_GROUP_PREEMPTIONS));
}

static inline void steps(struct fixture *fx, unsigned int n)
{
	while (n--)
		card_step(fx->card, 50000, &fx->wakeup);
}

static inline bool done(struct fixture *fx, uint32_t q, uint32_t status)
{
	return fx_cqe(fx, q, 0).status == (PINION_CQE_PHASE | status);
}

#endif
