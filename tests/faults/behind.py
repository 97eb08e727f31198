# SPDX-License-Identifier: ISC
"""The store behind any server in any mode of the table in README.md."""
import json, os, re, shutil, signal, socket, subprocess, time
from rig import BUILD, TOP, Rig, sanitized


def cells(only):
    """(server, mode) of each cell in the table."""
    modes, found = [], []
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        for line in file:
            columns = [column.strip() for column in line.split("|")[1:-1]]
            if columns[:1] == ["Server"]:
                modes = re.findall(r"`(\w+)`", line)
            elif not columns:
                modes = []
            elif modes and columns[0].startswith("`"):
                server = columns[0].strip("`")
                found += [(server, mode) for mode, name in zip(modes, columns[1:]) if name]
    if sanitized():  # maps more addresses than a small host lets a program have
        found.remove(("apache", "shared"))
    return [cell for cell in found if only in ("", cell[0], "/".join(cell))]


class Site(Rig):
    """The store behind one server, without the daemon."""

    def __init__(self, server, mode):
        self.words = [os.path.join(TOP, "examples", "serve"), server, "--mode", mode]
        super().__init__("servers")

    def prepare(self, settings):
        os.chmod(self.path, 0o755)
        os.mkdir(self.home, 0o700)
        if os.geteuid() == 0:
            shutil.chown(self.home, "www-data", "www-data")
        super().prepare(settings)

    def go(self):
        self.server = self.start(*self.words, "--port", str(self.port), "--home", self.home,
                                 "--bindir", os.path.join(BUILD, "cgi-bin"))
        self.wait()

    def wait(self):
        end = time.time() + 20
        while time.time() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + self.log.text())

    def reload(self):
        self.server.send_signal(signal.SIGUSR1)

    def restart(self):
        """Milliseconds until it has ended, and how many had to be killed."""
        began = time.monotonic()
        self.server.terminate()
        killed = 0
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            killed = 1
            self.server.kill()
            self.server.wait()
        self.go()
        return int((time.monotonic() - began) * 1000), killed

    def apply(self, documents):
        path = os.path.join(self.path, "documents")
        with open(path, "w") as file:
            file.writelines(json.dumps(document) + "\n" for document in documents)
        self.run("apply", path)
