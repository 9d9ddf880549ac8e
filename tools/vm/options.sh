# SPDX-License-Identifier: GPL-2.0-or-later
# The options of pinion-vm.

cards=1 memory=1G smp=1 iommu=0 gdb=0 trace=0 shell=0
card_opts= timeout=0 verbose=0 driver=1 plugin= icount= snapshot=0
detached=0 disk= kexec=0 kdump=0
command=() more_qemu=() more_kernel=() with=()

usage() {
	cat <<END
usage: pinion-vm [options] -- COMMAND [ARGUMENT...]
       pinion-vm [options] --shell

Boots a stock Linux kernel in QEMU with Pinion cards and the driver loaded, runs
COMMAND there and returns its exit status. The guest sees the host's files
read-only at the same paths, except $build (writable) and its own
empty /tmp and /run. Standard input, output and error are the caller's.

  --cards N          number of cards, 0 to 32 (default 1)
  --card-opts K=V,.. options of each card, such as memory=512M,cores=4
  --memory SIZE      memory of the guest (default 1G)
  --smp N            processors of the guest (default 1)
  --iommu            an IOMMU between the cards and the guest's memory
  --kernel WHAT      a kernel image, a folder with vmlinuz and modules, or the
                     name or version of one in the cache or /lib/modules (default:
                     $kernel_default)
  --module FILE      the driver, made for that kernel, in a folder that the guest
                     sees (default: $module_default)
  --no-driver        do not load the driver
  --snapshot         do not boot, but restore a guest that was saved with the driver
                     bound; the first time, such a guest is booted and saved
  --detached         do not let COMMAND see the host's files, but only its own program
                     and libraries, so that it can suspend the guest
  --with FILE        with --detached: a further program or file for COMMAND; may be
                     given again
  --disk FILE        with --detached: a swap disk, to which COMMAND can hibernate the
                     guest; if a guest has done so, go on with it
  --kexec            when COMMAND has succeeded, let the guest's kernel start a second one
                     (kexec), and run COMMAND there with PINION_VM_KERNEL=second
  --kdump            the same when the guest's kernel panics (kdump)
  --shell            an interactive shell instead of a command
  --timeout SECONDS  kill the guest after this time
  --icount SHIFT     let the clock of guest and cards advance by 2^SHIFT ns with each
                     instruction of the guest, so that a run does not depend on the
                     host's load; for one processor, without KVM
  --plugin FILE,K=V  a plugin for QEMU, which is then used without KVM
  --append ARGUMENTS more arguments for the guest's kernel, such as
                     "init_on_alloc=1 dyndbg=..."; may be given again
  --qemu ARGUMENT    one more argument for QEMU; may be given again
  --trace            record the driver's function calls in $build/vm/trace.log
  --gdb              wait for gdb before the first instruction
  --verbose          show the kernel log afterwards
  --help             print this text

Exit status: the command's own; 128+N if signal N ended it; 123 if the guest
hibernated; 124 after a time-out; 125 if the VM could not be started or the guest died.
END
}

# A leading zero is refused: bash would read the number as octal, QEMU as decimal.
need_number() {
	[[ $2 =~ ^(0|[1-9][0-9]{0,5})$ ]] || die "$1 needs a number, not '$2'"
	[ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || die "$1 is $2, but must be $3 to $4"
}

# Processors that run in parallel have no common count of instructions.
check_icount() {
	[ -n "$icount" ] || return 0
	need_number --icount "$icount" 0 10
	[ "$smp" = 1 ] || die "--icount is for one processor, not for --smp $smp"
	card_opts=sync=on${card_opts:+,$card_opts}
}

# The kernel's arguments end at '--'. The name of the run follows, which is for init.
check_append() {
	local all=${more_kernel[*]}
	local quotes=${all//[^\"]/}
	[[ " ${all//[[:space:]]/ } " != *" -- "* ]] ||
		die "--append cannot have '--' in it, where the kernel's arguments end"
	[ $((${#quotes} % 2)) = 0 ] || die "--append has a quotation mark that nothing closes"
}

check_options() {
	need_number --cards "$cards" 0 32
	need_number --smp "$smp" 1 64
	need_number --timeout "$timeout" 0 999999
	check_icount
	check_append
	[ -z "$module" ] || module=$(readlink -m "$module")
	[[ $module == "$build"/* ]] || [ $driver = 0 ] || [ "$parts" != "$build" ] ||
		die "--module must name a file below $build"
	[[ $memory =~ ^[1-9][0-9]*[MG]$ ]] ||
		die "--memory needs a size such as 512M or 2G, not '$memory'"
	if [ $shell = 1 ]; then
		[ ${#command[@]} = 0 ] || die "--shell takes no command"
		[ -t 0 ] && [ -t 1 ] || die "--shell needs a terminal"
		command=("$BASH" -c "stty rows $(tput lines) cols $(tput cols); exec $BASH")
	fi
	[ ${#command[@]} -gt 0 ] || die "no command; see pinion-vm --help"
	check_snapshot_options
	check_detached_options
	[[ $detached$kexec$kdump != *1*1* ]] ||
		die "--detached, --kexec and --kdump cannot be used together"
	[ $kexec$kdump = 00 ] || [ "$snapshot" = 0 ] ||
		die "--snapshot cannot be used with --kexec or --kdump"
}

parse_options() {
	local option value
	while [ $# -gt 0 ]; do
		option=$1 value=${2-}
		case $option in
		--) shift; command=("$@"); break ;;
		--help) usage; exit 0 ;;
		--*=*) set -- "${option%%=*}" "${option#*=}" "${@:2}"; continue ;;
		--cards | --memory | --smp | --kernel | --module | --timeout | --card-opts | \
		--plugin | --icount | --disk)
			[ $# -ge 2 ] || die "$option needs a value"
			option=${option#--}
			printf -v "${option//-/_}" %s "$value"
			shift ;;
		--append)
			[ $# -ge 2 ] || die "$option needs a value"
			more_kernel+=("$value")
			shift ;;
		--qemu)
			[ $# -ge 2 ] || die "$option needs a value"
			more_qemu+=("$value")
			shift ;;
		--with)
			[ $# -ge 2 ] || die "$option needs a value"
			with+=("$value")
			shift ;;
		--detached) detached=1 ;;
		--kexec) kexec=1 ;;
		--kdump) kdump=1 ;;
		--iommu) iommu=1 ;;
		--gdb) gdb=1 ;;
		--trace) trace=1 ;;
		--shell) shell=1 ;;
		--verbose) verbose=1 ;;
		--no-driver) driver=0 ;;
		--snapshot) snapshot=1 ;;
		-*) die "unknown option $option; see pinion-vm --help" ;;
		*) command=("$@"); break ;;
		esac
		shift
	done
	check_options
}
