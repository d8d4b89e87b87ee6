"""Become another program that dies with its parent.

Run as a script, so that nothing of ours runs between fork and exec. Arguments: the signal sent when
the parent dies, the parent's pid, ``uid:gid`` or ``-``, then the command.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def prctl(option: int, argument: int, more: int = 0) -> None:
    words = (ctypes.c_ulong(word) for word in (option, argument, more, 0, 0))
    ctypes.CDLL(None).prctl(*words)


def become(uid: int, gid: int) -> None:
    """Give up root but keep reading what root may read.

    PostgreSQL refuses to be root, yet a project below /root is closed to everybody else; one ambient
    capability opens it to this child alone, where a chmod of /root would open it to all.
    """
    if sys.platform == "linux":
        prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if sys.platform == "linux":
        bit = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        ctypes.CDLL(None).capset(header, sets)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def main(farewell: str, parent: str, identity: str, *command: str) -> None:
    if identity != "-":
        uid, gid = identity.split(":")
        become(int(uid), int(gid))
    if sys.platform == "linux":
        # After the change of user, which would forget it.
        prctl(PR_SET_PDEATHSIG, int(farewell))
    if os.getppid() != int(parent):
        # The parent died before we asked to be told.
        sys.exit(0)
    # What a server writes here is about people's reports: nobody else on the machine reads it.
    os.umask(0o077)
    try:
        os.execv(command[0], command)  # noqa: S606 - to become it is the purpose
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
