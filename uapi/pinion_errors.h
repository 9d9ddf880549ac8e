/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* clang-format off */
/*
 * The catalogue of errors: what each error of the card, its firmware, its driver and its library
 * is called, which errno stands for it, who is at fault, what happened and what to do about it.
 * The kernel log, libpinion and the documentation take their words from here.
 *
 * How it grows: an error gets a row at a free number of its range. Numbers and symbols stay for
 * ever, since programs and scripts look for them; words may be improved. An error that the card
 * reports has the number of its range plus the value in pinion_regs.h. An argument that a call
 * refuses has no row: the call returns EINVAL, and the library's text names the argument, its value
 * and what is allowed.
 */
#ifndef PINION_ERRORS_H
#define PINION_ERRORS_H

#include "pinion_regs.h"

/* range(symbol, first number, where its errors come from); a range without rows is reserved. */
#define PINION_ERROR_RANGES(range) \
	range(JOB, 0x0000, "completion status of a job: PINION_STATUS_*") \
	range(BOOT, 0x0100, "why the card refused a firmware image: PINION_BOOT_ERR_*") \
	range(MAILBOX, 0x0200, "how the firmware replied to the driver: PINION_MBOX_*") \
	range(PROBE, 0x0300, "why the driver did not take a card into use") \
	range(STOP, 0x0400, "why the driver stopped a card or a queue, or ignored a message") \
	range(LIBRARY, 0x0500, "what libpinion found out by itself") \
	range(HEALTH, 0x0600, "health of the card, and of jobs that took too long") \
	range(RESET, 0x0700, "resets, sleep and loss of power") \
	range(BUS, 0x0800, "errors of the PCI bus and its recovery") \
	range(FORMAT, 0x0900, "number formats that a card lacks or computes differently") \
	range(COMPAT, 0x0a00, "versions of driver, firmware and library that do not fit") \
	range(UPDATE, 0x0b00, "updates of the firmware in a running system") \
	range(OTHER, 0xff00, "codes that are not in this catalogue")

#define PINION_ERRORS_PER_RANGE		0x100
/* The last number of a range stands for the values of the range that have no row. */
#define PINION_ERRORS_UNKNOWN		(PINION_ERRORS_PER_RANGE - 1)

/* blame(symbol, word, who that is) */
#define PINION_BLAMES(blame) \
	blame(NONE, "nobody", "nothing went wrong, or it is part of normal work") \
	blame(PROGRAM, "program", "the program that submitted the job or called the library") \
	blame(OPERATOR, "operator", "whoever installed or configured the machine's software") \
	blame(DRIVER, "driver", "the kernel module pinion.ko") \
	blame(FIRMWARE, "firmware", "the management firmware that runs on the card") \
	blame(CARD, "card", "the card itself, or how it sits in its slot") \
	blame(HOST, "host", "the machine around the card: its firmware, IOMMU and kernel")

/*
 * row(symbol, number, name, errno, blame, sentence, action), in the order of the numbers. The
 * errno is the one that calls of the kernel and the library return, negated.
 */
#define PINION_ERRORS_OF_JOBS(row) \
	row(OK, PINION_ERRORS_JOB + PINION_STATUS_OK, "no error", 0, NONE, \
	    "The job succeeded.", \
	    "Nothing needs to be done.") \
	row(ABORTED, PINION_ERRORS_JOB + PINION_STATUS_ABORTED, \
	    "stopped before it completed", ECANCELED, PROGRAM, \
	    "The job did not complete: it was cancelled, or its queue stopped or was closed.", \
	    "Reset the queue if it stopped, then submit the job again.") \
	row(BAD_DESC, PINION_ERRORS_JOB + PINION_STATUS_BAD_DESC, \
	    "bad descriptor", EBADMSG, PROGRAM, \
	    "The card met a descriptor with a wrong opcode, flag, length or alignment.", \
	    "Correct what the program writes to its ring.") \
	row(BAD_PACKET, PINION_ERRORS_JOB + PINION_STATUS_BAD_PACKET, \
	    "bad packet", EBADMSG, PROGRAM, \
	    "The command buffer has a packet with a wrong opcode, flag, size or argument.", \
	    "Correct the packet whose index is in the fault record.") \
	row(PAGE_FAULT, PINION_ERRORS_JOB + PINION_STATUS_PAGE_FAULT, \
	    "page fault", EFAULT, PROGRAM, \
	    "The job accessed an address that is not mapped, or not for this kind of access.", \
	    "Look for a buffer that ends earlier, was freed, or is read-only.") \
	row(ILLEGAL_INSN, PINION_ERRORS_JOB + PINION_STATUS_ILLEGAL_INSN, \
	    "illegal instruction", ENOEXEC, PROGRAM, \
	    "A core met an illegal instruction; compilers put one where code must not continue.", \
	    "Check the kernel's arguments and compiler flags.") \
	row(SCRATCHPAD, PINION_ERRORS_JOB + PINION_STATUS_SCRATCHPAD, \
	    "access outside the scratchpad", ERANGE, PROGRAM, \
	    "A kernel accessed an address past the end of the scratchpad.", \
	    "Check the kernel's offsets, stack, and declared scratchpad bytes.") \
	row(HOST_DMA, PINION_ERRORS_JOB + PINION_STATUS_HOST_DMA, \
	    "the host refused a DMA", EIO, HOST, \
	    "The host refused an access of the card to host memory.", \
	    "Look for messages of the IOMMU in the kernel log.") \
	row(TRAP, PINION_ERRORS_JOB + PINION_STATUS_TRAP, "trap", ENOEXEC, PROGRAM, \
	    "A kernel stopped at an ebreak, an ecall or a misaligned jump.", \
	    "Look up the program counter: the kernel stopped itself, or jumped astray.") \
	row(MATRIX, PINION_ERRORS_JOB + PINION_STATUS_MATRIX, \
	    "matrix descriptor out of range", ERANGE, PROGRAM, \
	    "A matrix or tile instruction met a descriptor with a field that is out of range.", \
	    "Correct the descriptor, whose address is in the fault record.") \
	row(BAD_RING, PINION_ERRORS_JOB + PINION_STATUS_BAD_RING, \
	    "bad ring or doorbell", EBADMSG, PROGRAM, \
	    "A doorbell went beyond the ring, or the card could not use a ring in host memory.", \
	    "Correct the doorbell, or look for IOMMU messages in the kernel log.") \
	row(UNKNOWN_STATUS, PINION_ERRORS_JOB + PINION_ERRORS_UNKNOWN, \
	    "unknown status", EIO, CARD, \
	    "The card reported a status of a job that this software does not know.", \
	    "Update the driver and the library.")

#define PINION_ERRORS_OF_BOOT(row) \
	row(BOOT_NO_REASON, PINION_ERRORS_BOOT + PINION_BOOT_ERR_NONE, \
	    "no reason given", EBADMSG, CARD, \
	    "The card refused the firmware image and gave no reason.", \
	    "Report a hardware bug.") \
	row(BOOT_DMA, PINION_ERRORS_BOOT + PINION_BOOT_ERR_DMA, \
	    "image not readable", EBADMSG, HOST, \
	    "The card could not read the firmware image from host memory.", \
	    "Look for messages of the IOMMU in the kernel log.") \
	row(BOOT_SIZE, PINION_ERRORS_BOOT + PINION_BOOT_ERR_SIZE, \
	    "wrong length of the image", EBADMSG, OPERATOR, \
	    "The firmware image has the wrong length: it is truncated or padded.", \
	    "Renew /lib/firmware/pinion/mgmt.bin by make install, or upload an intact image.") \
	row(BOOT_MAGIC, PINION_ERRORS_BOOT + PINION_BOOT_ERR_MAGIC, \
	    "not a firmware image", EBADMSG, OPERATOR, \
	    "The file is not a Pinion firmware image.", \
	    "Renew /lib/firmware/pinion/mgmt.bin by make install, or upload an intact image.") \
	row(BOOT_FORMAT, PINION_ERRORS_BOOT + PINION_BOOT_ERR_FORMAT, \
	    "unknown format of the image", EBADMSG, OPERATOR, \
	    "The firmware image's header format is unknown to this card.", \
	    "Install firmware made for this card.") \
	row(BOOT_HEADER, PINION_ERRORS_BOOT + PINION_BOOT_ERR_HEADER, \
	    "bad header of the image", EBADMSG, OPERATOR, \
	    "The firmware image's header contradicts itself or is out of range.", \
	    "Renew /lib/firmware/pinion/mgmt.bin by make install, or upload an intact image.") \
	row(BOOT_KEY, PINION_ERRORS_BOOT + PINION_BOOT_ERR_KEY, \
	    "no valid key of the image", EBADMSG, OPERATOR, \
	    "The firmware image is unsigned, or signed with a key this card does not hold.", \
	    "Install firmware signed for this card.") \
	row(BOOT_SIGNATURE, PINION_ERRORS_BOOT + PINION_BOOT_ERR_SIGNATURE, \
	    "wrong signature of the image", EBADMSG, OPERATOR, \
	    "The signature of the firmware image does not match: the image was altered.", \
	    "Renew /lib/firmware/pinion/mgmt.bin by make install, or upload an intact image.") \
	row(BOOT_TOO_NEW, PINION_ERRORS_BOOT + PINION_BOOT_ERR_TOO_NEW, \
	    "image too new", EBADMSG, OPERATOR, \
	    "The firmware image needs a newer card contract than this card's.", \
	    "Install older firmware.") \
	row(BOOT_TOO_OLD, PINION_ERRORS_BOOT + PINION_BOOT_ERR_TOO_OLD, \
	    "image too old", EBADMSG, OPERATOR, \
	    "The firmware image is older than the least version that this card boots.", \
	    "Install newer firmware.") \
	row(BOOT_FLASH, PINION_ERRORS_BOOT + PINION_BOOT_ERR_FLASH, \
	    "no image in the flash", EBADMSG, OPERATOR, \
	    "The card's flash has no firmware image that boots.", \
	    "Write an image into the flash.") \
	row(UNKNOWN_BOOT_ERROR, PINION_ERRORS_BOOT + PINION_ERRORS_UNKNOWN, \
	    "unknown boot error", EBADMSG, CARD, \
	    "The card refused the firmware image for a reason unknown to this driver.", \
	    "Update the driver.")

#define PINION_ERRORS_OF_MAILBOX(row) \
	row(MAILBOX_OK, PINION_ERRORS_MAILBOX + PINION_MBOX_OK, "no error", 0, NONE, \
	    "The firmware did what the message asked for.", \
	    "Nothing needs to be done.") \
	row(MAILBOX_UNKNOWN, PINION_ERRORS_MAILBOX + PINION_MBOX_UNKNOWN, \
	    "unknown message", EOPNOTSUPP, OPERATOR, \
	    "The firmware does not know this type of message.", \
	    "Install matching firmware and driver.") \
	row(MAILBOX_INVALID, PINION_ERRORS_MAILBOX + PINION_MBOX_INVALID, \
	    "invalid message", EINVAL, DRIVER, \
	    "An argument of the message is out of the firmware's range.", \
	    "Report a driver bug.") \
	row(MAILBOX_BUSY, PINION_ERRORS_MAILBOX + PINION_MBOX_BUSY, \
	    "queue or address space in use", EBUSY, DRIVER, \
	    "The queue or address space of the message exists already, or is still in use.", \
	    "Report a driver bug.") \
	row(MAILBOX_VERSION, PINION_ERRORS_MAILBOX + PINION_MBOX_VERSION, \
	    "contract refused by the firmware", EPROTO, OPERATOR, \
	    "The firmware does not know this version of the driver's contract.", \
	    "Install matching firmware and driver.") \
	row(MAILBOX_NOT_FOUND, PINION_ERRORS_MAILBOX + PINION_MBOX_NOT_FOUND, \
	    "no such queue or address space", ENOENT, DRIVER, \
	    "The message names a queue or address space that does not exist.", \
	    "Report a driver bug.") \
	row(UNKNOWN_REPLY, PINION_ERRORS_MAILBOX + PINION_ERRORS_UNKNOWN, \
	    "unknown reply", EPROTO, FIRMWARE, \
	    "The firmware replied with a status unknown to this driver.", \
	    "Update the driver.")

#define PINION_ERRORS_OF_PROBE(row) \
	row(NOT_A_CARD, 0x0300, "not a Pinion card", ENODEV, CARD, \
	    "The device is not a Pinion card, or does not answer.", \
	    "Reseat or power-cycle the card.") \
	row(CARD_CONTRACT, 0x0301, "unknown contract of the card", ENODEV, OPERATOR, \
	    "The card keeps a major version of the contract that this driver does not know.", \
	    "Install a driver made for this card.") \
	row(CAPABILITY, 0x0302, "capability missing", ENODEV, OPERATOR, \
	    "The card lacks a capability that this driver needs.", \
	    "Install a driver that supports this card.") \
	row(BAD_REGISTER, 0x0303, "register out of range", ENODEV, CARD, \
	    "The value is out of the contract's range.", \
	    "Report a hardware bug.") \
	row(KERNEL_PAGES, 0x0304, "kernel's pages too large", EOPNOTSUPP, OPERATOR, \
	    "This kernel's pages are larger than the pages of the card's doorbells.", \
	    "Boot a kernel with pages of 4096 bytes.") \
	row(BAR_NO_ADDRESS, 0x0305, "BAR without an address", ENODEV, HOST, \
	    "The BAR has no address, as the machine found no space for it.", \
	    "Enable decoding above 4G in the BIOS, or use a smaller window or fewer cards.") \
	row(BAR_IN_USE, 0x0306, "BAR in use", EBUSY, HOST, \
	    "The addresses of the BAR are in use or reserved.", \
	    "Look for the addresses in /proc/iomem.") \
	row(BAR_SIZE, 0x0307, "BAR too small", ENODEV, HOST, \
	    "The BAR is smaller than the contract says.", \
	    "Check the PCI resources that the machine's firmware assigned.") \
	row(DMA_BITS, 0x0308, "no memory in the card's reach", EIO, HOST, \
	    "This machine has no memory at addresses that the card's DMA can reach.", \
	    "Enable the IOMMU.") \
	row(INTERRUPTS, 0x0309, "too few interrupts", ENOSPC, HOST, \
	    "Fewer than 2 MSI-X vectors are available.", \
	    "Check the platform's interrupt limits.") \
	row(FIRMWARE_MISSING, 0x030a, "no firmware image", ENOENT, OPERATOR, \
	    "The firmware image could not be loaded.", \
	    "Run make install: it writes /lib/firmware/pinion/mgmt.bin.") \
	row(FIRMWARE_LENGTH, 0x030b, "impossible length of the image", EBADMSG, OPERATOR, \
	    "No firmware image has this length.", \
	    "Renew /lib/firmware/pinion/mgmt.bin by make install, or upload an intact image.") \
	row(FIRMWARE_LATE, 0x030c, "firmware not ready", ETIMEDOUT, CARD, \
	    "The firmware did not become ready in time.", \
	    "Power-cycle the card.") \
	row(BOOT_STATE, 0x030d, "unknown boot state", EIO, CARD, \
	    "The boot state is not in the contract.", \
	    "Report a hardware bug.") \
	row(FIRMWARE_RESET, 0x030e, "firmware reset failed", ETIMEDOUT, CARD, \
	    "The card does not finish a firmware reset.", \
	    "Power-cycle the card.") \
	row(FIRMWARE_CONTRACT, 0x030f, "unknown contract of the firmware", EPROTO, OPERATOR, \
	    "The firmware keeps a major version of the contract that this driver does not know.", \
	    "Install matching firmware and driver.")

#define PINION_ERRORS_OF_STOPS(row) \
	row(FIRMWARE_CRASHED, 0x0400, "firmware crashed", EIO, FIRMWARE, \
	    "The firmware stopped at an error of its own.", \
	    "The driver resets the card; if this comes again, report a firmware bug.") \
	row(FIRMWARE_SILENT, 0x0401, "firmware silent", ENODEV, FIRMWARE, \
	    "The firmware does not answer its mailbox.", \
	    "The driver resets the card; if this comes again, report a firmware bug.") \
	row(VM_KEPT, 0x0402, "address space not released", ENODEV, FIRMWARE, \
	    "The firmware does not release an address space.", \
	    "The driver resets the card; if this comes again, report a firmware bug.") \
	row(QUEUE_KEPT, 0x0403, "queue not stopped", ENODEV, FIRMWARE, \
	    "The firmware does not stop a queue.", \
	    "The driver resets the card; if this comes again, report a firmware bug.") \
	row(QUEUE_RESET, 0x0404, "queue not reset", ENODEV, FIRMWARE, \
	    "The firmware does not reset a queue.", \
	    "The driver resets the card; if this comes again, report a firmware bug.") \
	row(INVALIDATION_STUCK, 0x0405, "invalidation stuck", ENODEV, CARD, \
	    "The card does not finish invalidating translations.", \
	    "The driver resets the card; if this comes again, report a hardware bug.") \
	row(CLEAR_STUCK, 0x0406, "zeroing stuck", ENODEV, CARD, \
	    "The card does not finish zeroing its memory.", \
	    "The driver resets the card; if this comes again, report a hardware bug.") \
	row(CLEAR_FAILED, 0x0407, "zeroing failed", ENODEV, CARD, \
	    "The card failed to zero its memory.", \
	    "The driver resets the card; if this comes again, report a hardware bug.") \
	row(RESET_STUCK, 0x0408, "reset stuck", ENODEV, CARD, \
	    "The card does not finish a reset; its bus mastering is off now.", \
	    "Replace or power-cycle the card.") \
	row(STRAY_REPLY, 0x0409, "unexpected reply", EPROTO, FIRMWARE, \
	    "The firmware sent a reply that nobody waits for; the reply is dropped.", \
	    "Report a firmware bug.") \
	row(MAILBOX_TAIL, 0x040a, "mailbox tail out of range", EPROTO, FIRMWARE, \
	    "The mailbox announces more messages than it holds, as if the card had been reset.", \
	    "Bind the driver again; if nobody reset the card, report a firmware bug.") \
	row(BAD_RECORD, 0x040b, "bad completion record", ECANCELED, CARD, \
	    "The card wrote a wrong completion record; only this queue is stopped.", \
	    "Report a hardware bug; the program calls pinion_queue_reset() to go on.") \
	row(ABORT_IGNORED, 0x040c, "job not ended", ECANCELED, CARD, \
	    "The card did not end a job that was to end; only this queue is stopped.", \
	    "Report a hardware bug; the program calls pinion_queue_reset() to go on.") \
	row(HEARTBEAT_LOST, 0x0420, "heartbeat lost", EIO, FIRMWARE, \
	    "The firmware's heartbeat stands still while the card's clock goes on.", \
	    "The driver resets the card; if this comes again, report a firmware bug.") \
	row(CHECK_FAILED, 0x0421, "wrong result of a check", EIO, CARD, \
	    "The card was started again, but its first job had a wrong result.", \
	    "The driver tries a stronger reset; if this comes again, replace the card.") \
	row(REQUEST_STUCK, 0x0422, "request stuck", ENODEV, DRIVER, \
	    "A request of a program does not end, so the card cannot be started again.", \
	    "End the program, then unbind and bind the driver; report a driver bug.") \
	row(DOORBELL_LOST, 0x0423, "doorbell lost", EIO, CARD, \
	    "The card rested although a queue had jobs; the driver has rung its doorbell again.", \
	    "Nothing needs to be done; if this comes again, report a hardware bug.")

#define PINION_ERRORS_OF_RESETS(row) \
	row(HOST_RESET, 0x0700, "reset by the host", ECANCELED, OPERATOR, \
	    "The host resets the card's PCI function.", \
	    "Nothing needs to be done: the driver starts the card again.") \
	row(NOT_RECOVERED, 0x0701, "not recovered", ENODEV, CARD, \
	    "No reset made the card work again.", \
	    "Unbind and bind the driver; if that fails, power-cycle or replace the card.") \
	row(CARD_CHANGED, 0x0702, "another card", ENODEV, HOST, \
	    "The card that answers after the reset is not the one from before.", \
	    "Unbind and bind the driver.") \
	row(SLEEP, 0x0703, "suspended", ECANCELED, OPERATOR, \
	    "The machine goes to sleep.", \
	    "Nothing needs to be done: the driver starts the card again.") \
	row(MEMORY_LOST, 0x0704, "device memory lost", ENODEV, HOST, \
	    "The card lost its power, and device memory its content.", \
	    "Unbind and bind the driver, then start the programs again.") \
	row(QUEUE_ENDED, 0x0705, "queue ended", ENOTRECOVERABLE, NONE, \
	    "The card was started again, which has ended this user-mode queue for good.", \
	    "Close the queue and create a new one, as libpinion does by itself.") \
	row(JOBS_LOST, 0x0706, "jobs lost", ESHUTDOWN, NONE, \
	    "The card was started again, and lost the jobs that were in flight on this queue.", \
	    "Submit the jobs again; the queue works.") \
	row(NOT_SAVED, 0x0707, "device memory not saved", ENOMEM, OPERATOR, \
	    "There is too little host memory to keep what programs have in device memory.", \
	    "End programs that use the card, or add swap space, then suspend again.") \
	row(RESTING, 0x0708, "put to sleep", ECANCELED, NONE, \
	    "Nobody uses the card, so the driver has put it to sleep.", \
	    "Nothing needs to be done: the next program wakes the card.")

#define PINION_ERRORS_OF_BUS(row) \
	row(BUS_ERROR, 0x0800, "error of the bus", EIO, HOST, \
	    "The bus reports an uncorrectable error that the card can survive.", \
	    "Look for messages of AER in the kernel log; reseat the card if this comes again.") \
	row(BUS_FATAL, 0x0801, "fatal error of the bus", EIO, HOST, \
	    "The bus reports a fatal error, and resets the link to the card.", \
	    "Look for messages of AER in the kernel log; reseat the card if this comes again.") \
	row(BUS_GONE, 0x0802, "card off the bus", ENODEV, HOST, \
	    "The bus has given the card up, or the card does not answer after a reset.", \
	    "Power-cycle or replace the card.")

#define PINION_ERRORS_OF_LIBRARY(row) \
	row(FORKED, 0x0500, "device of a parent process", EPERM, PROGRAM, \
	    "This process was forked from the one that opened the device.", \
	    "Open the device in this process.") \
	row(OVER_LIMIT, 0x0501, \
	    "over the limit that the card's operator set for a process or user", EDQUOT, OPERATOR, \
	    "The request exceeds a limit that the card's operator set.", \
	    "Free what is not needed, or ask the operator to raise the limit.") \
	row(NO_SUCH_JOB, 0x0502, "no such job", EINVAL, PROGRAM, \
	    "There is no such job on this queue.", \
	    "Pass a point that pinion_submit() filled for this queue.") \
	row(NOT_COMPLETE, 0x0503, "not complete", ETIME, NONE, \
	    "The job is not complete yet.", \
	    "Wait longer, or cancel the job.") \
	row(RESULT_GONE, 0x0504, "result no longer kept", ESTALE, PROGRAM, \
	    "The result is no longer kept, and a job of that time failed.", \
	    "Wait for a job before four times as many jobs as the queue has entries follow it.") \
	row(DEADLINE, 0x0505, "ended at its deadline", ETIMEDOUT, PROGRAM, \
	    "The job was ended at its deadline.", \
	    "Give the job more time, or less work.")

#define PINION_ERRORS_OF_HEALTH(row) \
	row(HEALTHY, 0x0600, "healthy", 0, NONE, \
	    "The card works.", \
	    "Nothing needs to be done.") \
	row(JOB_LATE, 0x0601, "job over its time limit", ECANCELED, PROGRAM, \
	    "A job did not end within its time limit, and its queue was stopped.", \
	    "Give the job more time, or less work, and reset the queue.") \
	row(USER_REFUSED, 0x0602, "user refused for a time", EDQUOT, PROGRAM, \
	    "Jobs of this user did not end, and cost the card too many resets.", \
	    "Correct the program; limits/banned_users says how long, and root may end it there.")

#define PINION_ERRORS_OF_COMPAT(row) \
	row(TEST_KEY, 0x0a00, "image signed with the test key", EKEYREJECTED, OPERATOR, \
	    "The firmware image is signed with the public test key.", \
	    "Install firmware signed for this card; a model needs pinion.allow_test_key=1.") \
	row(CONTRACT_SKEW, 0x0a01, "firmware of another age", EPROTO, OPERATOR, \
	    "Firmware and driver are more than two minor versions of the contract apart.", \
	    "Install matching firmware and driver.") \
	row(CAPABILITY_LOST, 0x0a02, "firmware without a capability in use", EPROTO, OPERATOR, \
	    "The firmware that was started again lacks a capability that programs may be using.", \
	    "Install the firmware that ran before, or unbind and bind the driver.")

#define PINION_ERRORS_OF_UPDATES(row) \
	row(FLASH, 0x0b00, "flash not written", EIO, CARD, \
	    "The card's flash does not hold what was written; the card boots the same as before.", \
	    "Try again; if it fails again, replace the card.") \
	row(FELL_BACK, 0x0b01, "update did not start", EBADMSG, FIRMWARE, \
	    "The new firmware did not become ready; the card runs its old firmware.", \
	    "Report a firmware bug.") \
	row(UPDATE, 0x0b02, "no firmware after an update", ENODEV, FIRMWARE, \
	    "After an update neither the new firmware nor the old became ready.", \
	    "Unbind and bind the driver.") \
	row(FLASH_DMA, 0x0b03, "page for the flash not readable", EIO, HOST, \
	    "The host refused to let the card read a page that was to go into the flash.", \
	    "Look for messages of the IOMMU in the kernel log.") \
	row(FLASH_REFUSED, 0x0b04, "command refused by the flash", EIO, DRIVER, \
	    "The card's flash refused a command of the driver.", \
	    "Report a driver bug.") \
	row(MINIMUM_RANGE, 0x0b05, "impossible least version", EINVAL, OPERATOR, \
	    "The least version of firmware cannot fall, nor be above the version that runs.", \
	    "Write a version from flash/minimum up to health/firmware_version.") \
	row(MINIMUM_UNPROVED, 0x0b06, "least version not proved", EBUSY, OPERATOR, \
	    "The firmware of the selected slot does not run, so nothing shows that it boots.", \
	    "Upload firmware that becomes ready, then write the least version again.")

#define PINION_ERRORS(row) \
	PINION_ERRORS_OF_JOBS(row) \
	PINION_ERRORS_OF_BOOT(row) \
	PINION_ERRORS_OF_MAILBOX(row) \
	PINION_ERRORS_OF_PROBE(row) \
	PINION_ERRORS_OF_STOPS(row) \
	PINION_ERRORS_OF_LIBRARY(row) \
	PINION_ERRORS_OF_HEALTH(row) \
	PINION_ERRORS_OF_RESETS(row) \
	PINION_ERRORS_OF_BUS(row) \
	PINION_ERRORS_OF_COMPAT(row) \
	PINION_ERRORS_OF_UPDATES(row) \
	row(UNKNOWN_CODE, PINION_ERRORS_OTHER + PINION_ERRORS_UNKNOWN, \
	    "unknown error", EIO, NONE, \
	    "This code is not in the catalogue.", \
	    "Look the code up in the documentation of newer software.")

#define PINION_ERROR_RANGE_VALUE(symbol, first, what)	PINION_ERRORS_##symbol = (first),
#define PINION_BLAME_VALUE(symbol, word, who)		PINION_BLAME_##symbol,
#define PINION_ERROR_VALUE(symbol, number, name, err, blame, sentence, action) \
	PINION_ERROR_##symbol = (number),

/*
 * First numbers of the ranges: PINION_ERRORS_JOB and so on. C++98 allows no comma behind the last
 * value of an enum, so each enum here ends with an END.
 */
enum pinion_error_range { PINION_ERROR_RANGES(PINION_ERROR_RANGE_VALUE) PINION_ERRORS_END };

/* The parties that may be at fault: PINION_BLAME_PROGRAM and so on. */
enum pinion_blame { PINION_BLAMES(PINION_BLAME_VALUE) PINION_BLAME_END };

/* Numbers of the errors: PINION_ERROR_PAGE_FAULT and so on. */
enum pinion_error_code { PINION_ERRORS(PINION_ERROR_VALUE) PINION_ERROR_END };

/* The firmware has no errno: it knows the codes alone. */
#if defined(__KERNEL__) || defined(__linux__)
#include <linux/errno.h>

/**
 * struct pinion_error_row - one error of the catalogue, in a table of the program's own
 * @code: PINION_ERROR_*
 * @err: errno, not negated; 0 if nothing went wrong
 * @blame: party that is at fault: PINION_BLAME_*
 * @symbol: name of the code's constant behind its prefix, such as "PAGE_FAULT"
 * @name: the error in a few words, to be followed by details
 * @sentence: what happened: a whole sentence with its full stop
 * @action: what to do about the error: whole sentences with full stops
 */
struct pinion_error_row {
	unsigned int code;
	int err;
	enum pinion_blame blame;
	const char *symbol;
	const char *name;
	const char *sentence;
	const char *action;
};

/**
 * pinion_error_code() - the catalogue's number for a value that the card reported
 * @range: PINION_ERRORS_*
 * @value: the card's value, any
 * Return: a number of the range; the one for unknown values if @value is too large for a range.
 */
static inline unsigned int pinion_error_code(enum pinion_error_range range, unsigned int value)
{
	return range + (value < PINION_ERRORS_UNKNOWN ? value : PINION_ERRORS_UNKNOWN);
}

#define PINION_ERROR_ROW(symbol, number, name, err, blame, sentence, action) \
	{ number, err, PINION_BLAME_##blame, #symbol, name, sentence, action },

/**
 * pinion_error_find() - look a code up in the catalogue
 * @code: PINION_ERROR_*, or any other number
 * Return: the row of @code, or the row for unknown codes, of the same range if the range has one;
 * never NULL.
 */
static inline const struct pinion_error_row *pinion_error_find(unsigned int code)
{
	static const struct pinion_error_row rows[] = { PINION_ERRORS(PINION_ERROR_ROW) };
	unsigned int last = sizeof(rows) / sizeof(rows[0]) - 1, i;

	for (i = 0; i < last; i++) {
		if (rows[i].code == code || rows[i].code == (code | PINION_ERRORS_UNKNOWN))
			break;
	}
	return &rows[i];
}

#define PINION_BLAME_WORD(symbol, word, who)	word,

/**
 * pinion_blame_word() - who is at fault, in one word
 * @blame: PINION_BLAME_*
 * Return: a constant string, such as "program".
 */
static inline const char *pinion_blame_word(enum pinion_blame blame)
{
	static const char *const words[] = { PINION_BLAMES(PINION_BLAME_WORD) };

	return words[blame];
}
#endif

#endif /* PINION_ERRORS_H */
