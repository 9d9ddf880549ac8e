# SPDX-License-Identifier: MIT
#
# Unit tests of libpinion: its sources with sanitizers, over a driver that is mocked by --wrap.

RT_UNIT := $(addprefix $(BUILD)/tests/unit/runtime-,va elf cmdbuf buffer queue wait errors health)
RT_UNIT_OBJ := $(BUILD)/libruntime/unit
RT_UNIT_LIB := $(patsubst libruntime/src/%.c,$(RT_UNIT_OBJ)/%.o,$(wildcard libruntime/src/*.c)) \
	$(RT_UNIT_OBJ)/runtime_mock.o $(RT_UNIT_OBJ)/runtime_elf.o
RT_UNIT_CFLAGS = $(CFLAGS) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-D_GNU_SOURCE -pthread -MMD -MP -Itests -Itests/unit -Ilibruntime/include -Ilibruntime/src \
	$(shell pkg-config --cflags libdrm)
RT_UNIT_WRAP := $(patsubst %,-Wl$(comma)--wrap=%,drmIoctl drmGetVersion drmFreeVersion \
	io_uring_queue_init_params io_uring_register_files io_uring_queue_exit io_uring_submit \
	io_uring_enter2 fopen)

$(RT_UNIT_OBJ)/%.o: libruntime/src/%.c tests/unit/runtime.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(RT_UNIT_CFLAGS) -c $< -o $@

$(RT_UNIT_OBJ)/%.o: tests/unit/%.c tests/unit/runtime.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(RT_UNIT_CFLAGS) -c $< -o $@

$(RT_UNIT): $(BUILD)/tests/unit/%: $(RT_UNIT_OBJ)/%.o $(RT_UNIT_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -pthread $(RT_UNIT_WRAP) $^ -ldrm -luring -o $@

TESTS += $(RT_UNIT)

-include $(wildcard $(RT_UNIT_OBJ)/*.d)
