#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Where the servers of tests listen. As a program it prints a free port."""
import random, socket


def free_port():
    """A port of 127.0.0.1 that nobody has, below those that the system gives to outgoing
    connections: with other tests beside this one, such a port would soon be taken."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        end = int(file.read().split()[0])
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(10000, end) if end > 12000 else 0))
                return s.getsockname()[1]
            except OSError:
                pass


if __name__ == "__main__":
    print(free_port())
