/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers shared with other drivers and other cards. */
#ifndef PINION_DMABUF_H
#define PINION_DMABUF_H

#include <linux/types.h>

struct dma_buf_attachment;
struct drm_device;
struct drm_file;
struct drm_gem_object;
struct pinion_bo;
struct sg_table;
struct vm_area_struct;

struct drm_gem_object *pinion_dmabuf_import_sg(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt);
int pinion_dmabuf_to_handle(struct drm_device *drm, struct drm_file *file, int fd, u32 *handle);
int pinion_dmabuf_from_handle(struct drm_device *drm, struct drm_file *file, u32 handle, u32 flags,
			      int *fd);
int pinion_dmabuf_mmap(struct pinion_bo *bo, struct vm_area_struct *vma);
void pinion_dmabuf_detach(struct pinion_bo *bo);

#endif /* PINION_DMABUF_H */
