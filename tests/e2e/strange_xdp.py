#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""strange_xdp.py DEVICE: attaches an XDP program that passes all, as a stranger's program does it that
then ends: by netlink, so that nothing but the device holds it."""
import ctypes
import os
import socket
import struct
import sys

BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD, TYPE_XDP = 5, 6
RTM_NEWLINK, REQUEST_ACK, IFLA_XDP = 16, 5, 43
IFLA_XDP_FD, IFLA_XDP_FLAGS, DRV_MODE, NESTED = 1, 3, 4, 0x8000


def program():
    code = struct.pack("<BBhiBBhi", 0xb7, 0, 0, 2, 0x95, 0, 0, 0)  # r0 = XDP_PASS; exit
    buffer, license_text = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("=IIQQ", TYPE_XDP, 2, ctypes.addressof(buffer), ctypes.addressof(license_text)).ljust(128, b"\0")
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(BPF, PROG_LOAD, attr, len(attr))
    if fd < 0:
        raise OSError(ctypes.get_errno(), "loading an XDP program")
    return fd


def attach(device, fd):
    inner = struct.pack("=HHi", 8, IFLA_XDP_FD, fd) + struct.pack("=HHI", 8, IFLA_XDP_FLAGS, DRV_MODE)
    body = struct.pack("=BBHiII", 0, 0, 0, socket.if_nametoindex(device), 0, 0) + \
        struct.pack("=HH", 4 + len(inner), IFLA_XDP | NESTED) + inner
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, REQUEST_ACK, 1, 0) + body)
        error = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
    if error:
        raise OSError(-error, "attaching an XDP program to " + device)


attach(sys.argv[1], program())
