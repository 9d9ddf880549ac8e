// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the place of each tensor in the shards, which model.json describes. */
#include "manifest.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ENCODER "module/Encoder_en/"
#define APPLIED "module_apply_default/Encoder_en/KonaTransformer/Encode/"
#define STACK	APPLIED "TransformerStack/"
#define KERNELS ENCODER "KonaTransformer/Encode/"
#define JOINED	"/ConcatPartitions/concat"

/**
 * struct tensor - a tensor that model.json must describe
 * @name: name of the tensor
 * @count: number of elements
 */
struct tensor {
	const char *name;
	size_t count;
};

static const struct tensor common[W_LAYER0] = {
	[W_EMBEDDINGS] = { "module/Embeddings_en", MODEL_VOCAB *MODEL_EMBED },
	[W_POSITION_INV] = { STACK "Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1",
			     MODEL_EMBED / 2 },
	[W_RESIDUAL] = { APPLIED "Layer_0/TransformerLayer/dense/kernel" JOINED,
			 MODEL_EMBED *MODEL_WIDTH },
	[W_RESIDUAL_BIAS] = { APPLIED "Layer_0/TransformerLayer/dense/bias" JOINED, MODEL_WIDTH },
	[W_HIDDEN] = { ENCODER "hidden_layers/tanh_layer_0/weights", MODEL_WIDTH *MODEL_WIDTH },
	[W_HIDDEN_BIAS] = { ENCODER "hidden_layers/tanh_layer_0/bias", MODEL_WIDTH },
};

#define NORM "layer_prepostprocess/layer_norm/layer_norm_"

static const char *const layer_names[LW_COUNT] = {
	[LW_NORM_GAMMA] = NORM "scale" JOINED,
	[LW_NORM_BETA] = NORM "bias" JOINED,
	[LW_QKV] = "MultiheadAttention/qkv_transform_single/kernel/part_0",
	[LW_QKV_BIAS] = "MultiheadAttention/qkv_transform_single/bias" JOINED,
	[LW_OUT] = "MultiheadAttention/output_transform_single/kernel/part_0",
	[LW_OUT_BIAS] = "MultiheadAttention/output_transform_single/bias" JOINED,
	[LW_FFN_NORM_GAMMA] = "FFN/" NORM "scale" JOINED,
	[LW_FFN_NORM_BETA] = "FFN/" NORM "bias" JOINED,
	[LW_FFN1] = "FFN/conv1/Tensordot/Reshape_1",
	[LW_FFN1_BIAS] = "FFN/conv1/bias" JOINED,
	[LW_FFN2] = "FFN/conv2/Tensordot/Reshape_1",
	[LW_FFN2_BIAS] = "FFN/conv2/bias" JOINED,
};

/* Return: the number of elements of a layer's weight. */
static size_t layer_count(unsigned int layer, enum layer_weight w)
{
	const size_t in = layer ? MODEL_WIDTH : MODEL_EMBED;
	const size_t counts[LW_COUNT] = {
		[LW_NORM_GAMMA] = in,
		[LW_NORM_BETA] = in,
		[LW_QKV] = in * 3 * in,
		[LW_QKV_BIAS] = 3 * in,
		[LW_OUT] = in * MODEL_WIDTH,
		[LW_OUT_BIAS] = MODEL_WIDTH,
		[LW_FFN_NORM_GAMMA] = MODEL_WIDTH,
		[LW_FFN_NORM_BETA] = MODEL_WIDTH,
		[LW_FFN1] = MODEL_WIDTH * MODEL_FFN,
		[LW_FFN1_BIAS] = MODEL_FFN,
		[LW_FFN2] = MODEL_FFN * MODEL_WIDTH,
		[LW_FFN2_BIAS] = MODEL_WIDTH,
	};

	return counts[w];
}

/* Return: the number of elements of a tensor in the manifest, 0 if it has no valid shape. */
static size_t elements(const json_t *tensor)
{
	const json_t *shape = json_object_get(tensor, "shape");
	size_t i, count = 1;

	if (!json_is_array(shape))
		return 0;
	for (i = 0; i < json_array_size(shape); i++) {
		json_int_t n = json_integer_value(json_array_get(shape, i));

		if (n < 1 || n > 1 << 24 || count > (size_t)1 << 28)
			return 0;
		count *= (size_t)n;
	}
	return count;
}

/* Name and number of elements that weight @w of enum weight must have. */
static void expected(unsigned int w, char *name, size_t size, size_t *count)
{
	unsigned int layer = (w - W_LAYER0) / LW_COUNT, lw = (w - W_LAYER0) % LW_COUNT;
	const char *prefix = APPLIED;

	if (w < W_LAYER0) {
		*count = common[w].count;
		snprintf(name, size, "%s", common[w].name);
		return;
	}
	if (lw == LW_QKV || lw == LW_OUT)
		prefix = KERNELS;
	else if (lw == LW_FFN1 || lw == LW_FFN2)
		prefix = STACK;
	*count = layer_count(layer, lw);
	snprintf(name, size, "%sLayer_%u/TransformerLayer/%s", prefix, layer, layer_names[lw]);
}

/* All tensors have elements of 4 bytes, and are in the shards in the order of the list. */
static int find(const json_t *list, unsigned int w, struct model_files *files, struct err *err)
{
	size_t i, n, want, at = 0;
	char name[256];

	expected(w, name, sizeof(name), &want);
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *tensor = json_array_get(list, i);
		const char *found = json_string_value(json_object_get(tensor, "name"));
		const char *type = json_string_value(json_object_get(tensor, "dtype"));

		n = elements(tensor);
		if (!found || !type || !n || json_object_get(tensor, "quantization"))
			break;
		if (!strcmp(found, name)) {
			if (n != want || strcmp(type, "float32") ||
			    at + 4 * n > files->weights_bytes)
				break;
			files->offset[w] = at;
			return 0;
		}
		at += 4 * n;
	}
	return fail(err, EXIT_MODEL,
		    "model.json does not describe tensor %s as expected: "
		    "this is not Universal Sentence Encoder Lite.",
		    name);
}

int manifest_parse(const char *json, size_t len, struct model_files *files, struct err *err)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	const json_t *group = json_array_get(json_object_get(root, "weightsManifest"), 0);
	const json_t *list = json_object_get(group, "weights");
	unsigned int w;
	int ret = 0;

	for (w = 0; w < WEIGHTS && !ret; w++)
		ret = find(list, w, files, err);
	json_decref(root);
	return ret;
}
