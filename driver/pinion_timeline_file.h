/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a timeline. */
#ifndef PINION_TIMELINE_FILE_H
#define PINION_TIMELINE_FILE_H

struct file;
struct pinion_timeline_page;

struct file *pinion_timeline_file(struct pinion_timeline_page *tl);
struct pinion_timeline_page *pinion_timeline_of_file(struct file *file);

#endif /* PINION_TIMELINE_FILE_H */
