/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network in double precision on the host: what tests compare the card with. */
#ifndef SEARCH_HOSTREF_H
#define SEARCH_HOSTREF_H

#include <stdint.h>

#include "../../tools/search/weights.h"

/* Embedding (MODEL_WIDTH values) of a sentence of @n <= MODEL_MAX_TOKENS ids. */
void hostref_embed(const struct model_files *files, const uint32_t *ids, unsigned int n,
		   double *out);
double hostref_cosine(const float *a, const float *b, unsigned int n);

#endif /* SEARCH_HOSTREF_H */
