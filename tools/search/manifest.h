/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where each tensor lies in the shards, as model.json says. */
#ifndef SEARCH_MANIFEST_H
#define SEARCH_MANIFEST_H

#include "weights.h"

/**
 * manifest_parse() - find the tensors
 * @json: text of model.json
 * @len: bytes
 * @files: @offset is filled; @weights_bytes must be set already
 * @err: reason
 *
 * Return: 0, or -1: a tensor is missing, of another shape, or outside the shards.
 */
int manifest_parse(const char *json, size_t len, struct model_files *files, struct err *err);

#endif /* SEARCH_MANIFEST_H */
