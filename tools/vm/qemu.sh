# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU's command line.

# Prints the arguments of the guest's kernel. Features that take time at boot and that this guest
# does not need are off. The reasons for some arguments:
#
# panic, oops        A kernel that panics resets the machine, which ends QEMU.
# init_on_alloc      Debian's kernel zeroes each page that it allocates. Without that, tests find a
#                    driver that forgets to zero a page.
# iomem              Tests write to the fault knobs of a card with debug=on through its BAR, which
#                    the driver has claimed.
# iommu.forcedac     Addresses behind the IOMMU come from the top of the card's range, so that all
#                    address bits are used.
# kunit.filter_glob  A kernel with KUnit runs the driver's suites and no others.
#
# The security modules are Debian's choice: without AppArmor the kernel would use SELinux, whose
# hooks add instructions that no Debian machine executes.
#
# Some arguments are for a busy host, on which the emulator may get no time for seconds:
#
# no_timer_check     Otherwise the kernel panics if no timer interrupt comes during a certain loop.
# tsc_early_khz      Otherwise the kernel measures the TSC by such loops, and its clock may then run
#                    50 times too fast.
# tsc=reliable       Otherwise the kernel compares the processors' TSCs, and stops using the TSC
#                    when they seem to differ.
# watchdog_thresh, rcu_cpu_stall_timeout
#                    The largest limits that the kernel takes: 120 s for a soft lockup, 300 s for a
#                    stall of RCU.
kernel_arguments() {
	local args="console=ttyS0 quiet panic=-1 oops=panic nokaslr mitigations=off"
	args+=" no_timer_check tsc_early_khz=$(tsc_khz) tsc=reliable"
	args+=" watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300"
	args+=" random.trust_cpu=on rcupdate.rcu_expedited=1 cryptomgr.notests"
	args+=" kunit.enable=1 kunit.filter_glob=pinion*"
	args+=" iomem=relaxed audit=0 ipv6.disable=1 init_on_alloc=0"
	args+=" firmware_class.path=$parts/firmware"
	[ $iommu = 0 ] || args+=" intel_iommu=on iommu.forcedac=1"
	[ $kdump = 0 ] || args+=" crashkernel=256M"
	args+=${more_kernel[*]:+ ${more_kernel[*]}}
	if [ "$snapshot" = 0 ]; then
		echo "$args -- ${run#"$build/vm/"}"
	else
		echo "$args -- snapshot"
	fi
}

# Prints the frequency of the guest's TSC in kHz. Without --icount it is that of the host's TSC,
# which is measured once per boot of the host: the result is one of the kernel's arguments, and for
# other arguments another snapshot would be needed.
tsc_khz() {
	local answer boot
	read -r boot </proc/sys/kernel/random/boot_id
	answer=$runs/tsc-${boot//-/}
	[ -z "$icount" ] || { echo 1000000; return; }
	if [ ! -f "$answer" ]; then
		"$parts/vm/tsc-khz" >"$answer.$$" && mv -n "$answer.$$" "$answer"
		rm -f "$answer.$$"
	fi
	cat "$answer"
}

# The kernel cuts off arguments that are too long, and the name of the run is the last.
check_kernel_arguments() {
	local most=2047
	[ ${#1} -le $most ] ||
		die "the guest's kernel takes $most bytes of arguments, but there are ${#1}:" \
			"shorten --append"
}

add_machine() {
	local arguments machine=q35,usb=off,smbus=off,sata=off,vmport=off,i8042=off,hpet=off
	[ $iommu = 0 ] || machine+=,kernel-irqchip=split
	arguments=`kernel_arguments`
	check_kernel_arguments "$arguments"
	qemu+=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
		-machine "$machine" -m "$memory" -smp "$smp"
		-kernel "$image/kernel" -initrd "$image/initramfs" -append "$arguments"
		-serial "file:$run/console" -device isa-debug-exit,iobase=0xf4,iosize=4)
	[ $iommu = 0 ] || qemu+=(-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48)
}

# Whether a kernel comes up with KVM: a nested or restricted /dev/kvm can often be opened and then
# hangs. It is tried once per boot of the host.
kvm_works() {
	local answer boot status
	[ -w /dev/kvm ] || return 1
	read -r boot </proc/sys/kernel/random/boot_id
	answer=$runs/kvm-${boot//-/}
	if [ ! -f "$answer" ]; then
		(timeout -s KILL 20 qemu-system-x86_64 -nodefaults -no-user-config -display none \
			-no-reboot -machine q35 -accel kvm -cpu host -m 256M \
			-kernel "$image/kernel" -initrd "$image/initramfs" \
			-append "quiet panic=-1" -device isa-debug-exit,iobase=0xf4,iosize=4 \
			</dev/null; echo $? >"$answer") >/dev/null 2>&1
	fi
	read -r status <"$answer"
	[ "$status" = 1 ]	# isa-debug-exit turns 0 into 1
}

add_accelerator() {
	if [ -n "$icount" ]; then
		qemu+=(-accel tcg,thread=single,tb-size=256 -cpu max
			-icount "shift=$icount,sleep=off" -rtc clock=vm)
	elif [ -z "$plugin" ] && kvm_works; then
		qemu+=(-accel kvm -cpu host)
	else
		qemu+=(-accel tcg,thread=multi,tb-size=256 -cpu max)
	fi
	[ -z "$plugin" ] || qemu+=(-plugin "file=$plugin")
}

add_file_systems() {
	qemu+=(-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap
		-device virtio-9p-pci,fsdev=root,mount_tag=root
		-fsdev "local,id=build,path=$build,security_model=none,multidevs=remap"
		-device virtio-9p-pci,fsdev=build,mount_tag=build)
}

# The guest numbers virtio devices in the order of these options. The ports must be the first
# device, as tools/vm/init/relay.c expects.
add_streams() {
	qemu+=(-device virtio-serial-pci -chardev stdio,id=in,signal=off)
	if [ $shell = 1 ]; then
		qemu+=(-device virtconsole,nr=0,chardev=in)
		return
	fi
	qemu+=(-chardev "file,id=out,append=on,path=`stream_file out`"
		-chardev "file,id=err,append=on,path=`stream_file err`"
		-device virtserialport,nr=1,chardev=out
		-device virtserialport,nr=2,chardev=err
		-device virtserialport,nr=3,chardev=in)
	[ "$snapshot" = 0 ] || qemu+=(-chardev "pipe,id=control,path=$run/control"
		-device virtserialport,nr=4,chardev=control)
}

# stream_file NAME: prints the file for a stream. A guest that is saved runs no command and needs
# none.
stream_file() {
	if [ "$snapshot" = 1 ]; then
		echo /dev/null
	else
		echo "$run/$1"
	fi
}

# The variable snapshot is 0: boot; 1: boot and save the guest; else the file to restore it from.
add_snapshot() {
	case $snapshot in
	0) ;;
	1) qemu+=(-chardev "pipe,id=monitor,path=$run/monitor"
		-mon "chardev=monitor,mode=readline") ;;
	*) qemu+=(-incoming "exec:cat $snapshot") ;;
	esac
}

# Each card is behind a root port of its own, as in a server. A bus can have fewer devices than
# there may be cards, so up to eight root ports are functions of one device.
add_cards() {
	local i port slot options=${card_opts:+,$card_opts}
	for ((i = 0; i < cards; i++)); do
		port=id=port$i,chassis=$((i + 1)),slot=$((i + 1))
		printf -v slot %x.%x $((16 + i / 8)) $((i % 8))
		port+=,multifunction=on,addr=$slot
		qemu+=(-device "pcie-root-port,$port"
			-device "pinion,id=card$i,bus=port$i,serial=$((i + 1))$options")
	done
	[ "$cards" = 0 ] || qemu=(env "LD_PRELOAD=$parts/card/pinion-card.so" "${qemu[@]}")
}

add_debugger() {
	[ $gdb = 1 ] || return 0
	qemu+=(-chardev "socket,id=gdb,path=$run/gdb,server=on,wait=off" -gdb chardev:gdb -S)
	echo "pinion-vm: waiting for gdb; connect with: target remote $run/gdb" >&2
}

build_command_line() {
	qemu=()
	add_machine
	add_accelerator
	add_streams
	add_detached
	add_file_systems
	add_cards
	add_debugger
	add_snapshot
	qemu+=("${more_qemu[@]}")
}
