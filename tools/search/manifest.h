/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the place of each tensor in the shards, which model.json describes. */
#ifndef SEARCH_MANIFEST_H
#define SEARCH_MANIFEST_H

#include "weights.h"

/**
 * manifest_parse() - find the place of each tensor in the shards
 * @json: text of model.json
 * @len: length of @json in bytes
 * @files: model whose offset member is filled in; weights_bytes must be set already
 * @err: out: reason of a failure
 *
 * Return: 0, or -1 if a tensor is missing, has another shape, or is outside the shards.
 */
int manifest_parse(const char *json, size_t len, struct model_files *files, struct err *err);

#endif /* SEARCH_MANIFEST_H */
