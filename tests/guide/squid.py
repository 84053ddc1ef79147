"""A real forward proxy on loopback: Debian's squid, unpacked rather than installed, so that no
service is started and no root is needed. It asks for a password, and looks names up in a file of its
own."""

import os
import pathlib
import socket
import subprocess
import time

# squid, what it needs at run time, and nothing else.
PACKAGES = ["squid", "squid-common", "squid-langpack", "libecap3", "libnetfilter-conntrack3", "libnfnetlink0", "libltdl7"]

CONFIG = """\
http_port 127.0.0.1:{port}
hosts_file {folder}/hosts
auth_param basic program {root}/usr/lib/squid/basic_ncsa_auth {folder}/passwd
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
access_log stdio:{folder}/access.log
cache_log {folder}/cache.log
pid_filename {folder}/squid.pid
coredump_dir {folder}
mime_table {root}/usr/share/squid/mime.conf
error_directory {root}/usr/share/squid-langpack/templates
icon_directory {root}/usr/share/squid/icons
unlinkd_program {root}/usr/lib/squid/unlinkd
logfile_daemon {root}/usr/lib/squid/log_file_daemon
pinger_enable off
max_filedescriptors 1024
shutdown_lifetime 1 second
"""


def unpack(into: pathlib.Path) -> None:
    """Fetches the packages and unpacks them, where that was not done before."""
    if (into / "usr/sbin/squid").exists():
        return
    into.mkdir(parents=True, exist_ok=True)
    packages = into / "packages"
    packages.mkdir(exist_ok=True)
    quiet = {"cwd": packages, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if subprocess.run(["apt-get", "download", *PACKAGES], **quiet).returncode:
        # The lists of packages may be missing, or of another day.
        subprocess.run(["apt-get", "update"], check=True, **quiet)
        subprocess.run(["apt-get", "download", *PACKAGES], check=True, **quiet)
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, into], check=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Squid:
    """A running proxy; `hosts` are the names that it knows, all of them this machine's."""

    def __init__(self, root: pathlib.Path, folder: pathlib.Path, hosts, user: str, password: str):
        unpack(root)
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)  # squid gives up root
        digest = subprocess.run(["openssl", "passwd", "-apr1", password], check=True,
                                capture_output=True, text=True).stdout.strip()
        (folder / "passwd").write_text(f"{user}:{digest}\n")
        (folder / "hosts").write_text("".join(f"127.0.0.1 {host}\n" for host in hosts))
        config = folder / "squid.conf"
        config.write_text(CONFIG.format(port=self.port, folder=folder, root=root))
        libraries = root / "usr/lib" / f"{os.uname().machine}-linux-gnu"
        environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
        self.process = subprocess.Popen([root / "usr/sbin/squid", "-N", "-f", config],
                                        env=environment, stdout=subprocess.DEVNULL,
                                        stderr=(folder / "stderr.log").open("w"))
        self.wait()

    def wait(self) -> None:
        for _ in range(200):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"squid does not listen: {(self.folder / 'stderr.log').read_text()}")

    def log(self) -> str:
        """What was asked of it so far, a line each."""
        return (self.folder / "access.log").read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
