/* SPDX-License-Identifier: GPL-2.0 */
/* VM_BIND at a point of a timeline: prepared by the ioctl, committed by a worker. */
#ifndef PINION_BIND_ASYNC_H
#define PINION_BIND_ASYNC_H

#include <linux/types.h>

struct dma_fence;
struct drm_pinion_vm_bind;
struct pinion_await;
struct pinion_bind;
struct pinion_gpuvm;
struct pinion_map_point;
struct pinion_vm_change;

void pinion_binds_init(struct pinion_gpuvm *vm);
void pinion_binds_drop(struct pinion_gpuvm *vm);
int pinion_binds_drain(struct pinion_gpuvm *vm);
struct pinion_bind *pinion_bind_new(struct pinion_gpuvm *vm, const struct drm_pinion_vm_bind *args);
struct pinion_vm_change *pinion_bind_get_change(struct pinion_bind *bind, u32 i);
const struct pinion_map_point *pinion_bind_get_wait(const struct pinion_bind *bind);
struct pinion_await *pinion_bind_new_await(struct pinion_bind *bind);
void pinion_bind_set_fence(struct pinion_bind *bind, struct dma_fence *fence);
void pinion_bind_cancel(struct pinion_bind *bind);
void pinion_bind_submit(struct pinion_bind *bind);

#endif /* PINION_BIND_ASYNC_H */
