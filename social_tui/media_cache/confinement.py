"""Confining a process that decodes untrusted files, for good: what it may not ask of the kernel any more.

A filter of system calls (seccomp(2), Linux) takes the network away, other programs, other processes, and the
names of files: what takes such a process over can neither send anything out nor change what is on the disk.
Reading files, memory and threads stay, because decoders need them.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_SECCOMP_MODE_FILTER = 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES  # linux/seccomp.h
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # struct seccomp_data
_OTHER_ABI = 0x40000000  # x32 numbers its calls from here on; no call has so high a number elsewhere

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*, linux/audit.h
# The calls that are refused: name, number on x86_64, number on aarch64 or "-" where it has none.
_CALLS = """
    socket 41 198, socketpair 53 199, bind 49 200, listen 50 201, connect 42 203, accept 43 202,
    accept4 288 242, sendto 44 206, sendmsg 46 211, sendmmsg 307 269,
    execve 59 221, execveat 322 281, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
    kill 62 129, tkill 200 130, tgkill 234 131, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240,
    unlinkat 263 35, renameat 264 38, renameat2 316 276, linkat 265 37, symlinkat 266 36, mkdirat 258 34,
    mknodat 259 33,
    truncate 76 45, fchmodat 268 53, fchownat 260 54, utimensat 280 88, mount 165 40,
    unlink 87 -, rename 82 -, rmdir 84 -, link 86 -, symlink 88 -, mkdir 83 -, mknod 133 -, chmod 90 -,
    chown 92 -, lchown 94 -, utime 132 -, utimes 235 -, futimesat 261 -,
    pidfd_send_signal 424 424, io_uring_setup 425 425, pidfd_open 434 434, pidfd_getfd 438 438,
    fchmodat2 452 452,
"""


def confine() -> bool:
    """Take from this process and its threads to come what no decoder needs; nothing gives it back.

    Returns:
        False where the system knows no such filters; then nothing was changed.
    """
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _ARCHITECTURES:
        return False
    program = _filter(_ARCHITECTURES[machine], _numbers(machine))
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many instructions of eight bytes, and where they are.
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    place = ctypes.create_string_buffer(described, len(described))
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(place), 0, 0) == 0)


def _numbers(machine: str) -> list[int]:
    column = 1 + list(_ARCHITECTURES).index(machine)
    calls = [call.split() for call in _CALLS.replace("\n", " ").split(",") if call.strip()]
    return [int(call[column]) for call in calls if call[column] != "-"]


def _filter(architecture: int, calls: list[int]) -> bytes:
    """Write the filter: calls of another architecture or in the list are refused, all others go through."""
    refuse = 4 + len(calls) + 1
    tests = [(_AT_LEAST, _OTHER_ABI), *((_EQUAL, number) for number in calls)]
    steps = [
        struct.pack("HBBI", _LOAD, 0, 0, _ARCHITECTURE_AT),
        struct.pack("HBBI", _EQUAL, 0, refuse - 2, architecture),
        struct.pack("HBBI", _LOAD, 0, 0, _NUMBER_AT),
        *(
            struct.pack("HBBI", code, refuse - place - 1, 0, value)
            for place, (code, value) in enumerate(tests, start=3)
        ),
        struct.pack("HBBI", _RETURN, 0, 0, _ALLOW),
        struct.pack("HBBI", _RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(steps)
