"""Walks through docs/first-hour.md: runs its commands in their order, as they stand, against an
endpoint that is dressed up as a real one. It is behind TLS by a certificate authority that nobody
knows and a proxy that asks for a password, deviates from the document, and its access tokens last
seconds.

    python3 tests/guide/walk.py target/release/deskbell target/ci/guide

A command has to end with status 0, or with the one that the guide says behind it (`# exits 1`). No
secret and nothing personal may stand in anything that was written or printed."""

import base64
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import squid

GUIDE = pathlib.Path(__file__).parents[2] / "docs/first-hour.md"
HOST, PROXY = "uat.example.com", "proxy.example.com:3128"
USER, PASSWORD, SECRET = "tester", "pass-of-the:proxy@17", "the secret of the dressed-up endpoint"
TOKEN_TTL = "25s"
DURATIONS = {"20m": "60s"}
# The profile that is written bounds messages to so many a second; a test has no desk to spare.
GENTLE, HASTY = "rate: 5/s", "rate: 50/s"

# What the endpoint does in its own way, and what it gets wrong.
HABITS = ["--event-key", "body", "--ack", "off", "--own-echo", "off", "--page-cap", "7",
          "--ids", "strings"]
DEFECTS = (pathlib.Path(__file__).parent / "defects.txt").read_text().split()

TOKEN_SH = """\
#!/bin/sh
deskbell token --secret "$ENDPOINT_SECRET" --tenant "$DESKBELL_TENANT" --ttl {ttl} | tee -a "$ISSUED"
"""


def commands(guide: str):
    """Each command of the guide's shell blocks, and the status that it is said to exit with."""
    for block in re.findall(r"^```sh\n(.*?)^```$", guide, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            command, _, remark = line.partition("  #")
            if command.strip():
                said = re.search(r"exits (\d+)", remark)
                yield command.strip(), int(said[1]) if said else 0


class Walk:
    def __init__(self, deskbell: pathlib.Path, folder: pathlib.Path):
        self.folder, self.issued = folder, folder.parent / "issued-tokens.txt"
        self.issued.write_text("")
        self.printed = folder / "printed.txt"
        bin_folder = folder.parent / "guide-bin"
        bin_folder.mkdir(exist_ok=True)
        link = bin_folder / "deskbell"
        link.unlink(missing_ok=True)
        link.symlink_to(deskbell)
        self.environment = {
            "PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "80",
            "ENDPOINT_SECRET": SECRET, "ISSUED": str(self.issued),
            "PROXY_PASSWORD": urllib.parse.quote(PASSWORD, safe=""),
        }
        token_sh = folder / "token.sh"
        token_sh.write_text(TOKEN_SH.format(ttl=TOKEN_TTL))
        token_sh.chmod(0o755)
        self.exports = []

    def serve(self) -> None:
        defects = [f"--defect={name}" for name in DEFECTS]
        tls = self.folder.parent / "guide-tls"
        self.server = subprocess.Popen(
            ["deskbell", "serve", "--listen", "127.0.0.1:0", "--secret", SECRET, "--tls", tls,
             "--tls-name", HOST, *HABITS, *defects],
            env=self.environment, stdout=subprocess.PIPE, text=True, cwd=self.folder)
        listening = self.server.stdout.readline()
        self.port = re.search(r"wss://[^/]*:(\d+)/", listening)[1]
        (self.folder / "ca.pem").write_text((tls / "ca.pem").read_text())

    def set_out(self, command: str) -> str:
        """The command with this machine's ports, and shorter times, in place of the guide's."""
        command = command.replace(PROXY, f"127.0.0.1:{self.proxy.port}")
        command = re.sub(rf"(s://{re.escape(HOST)})", rf"\1:{self.port}", command)
        for long, short in DURATIONS.items():
            command = command.replace(long, short)
        return command

    def do(self, command: str, expected: int) -> None:
        if command.startswith("export "):
            self.exports.append(self.set_out(command))
            return
        script = "\n".join([*self.exports, self.set_out(command)])
        with self.printed.open("a") as printed:
            printed.write(f"\n$ {command}\n")
            printed.flush()
            status = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.folder,
                                    env=self.environment, stdin=subprocess.DEVNULL,
                                    stdout=printed, stderr=subprocess.STDOUT).returncode
        print(f"{status}  {command}", flush=True)
        profile = self.folder / "uat.yaml"
        if profile.exists():
            profile.write_text(profile.read_text().replace(GENTLE, HASTY))
        if status != expected:
            raise SystemExit(f"exit status {status}, and the guide says {expected}:\n"
                             f"{self.printed.read_text()[-6000:]}")

    def secrets(self):
        """Everything that must not have been written, by what it is."""
        for token in set(self.issued.read_text().split()):
            yield "an access token", token
            yield "a token's signature", token.rsplit(".", 1)[1]
        yield "the endpoint's secret", SECRET
        for spelt in [PASSWORD, urllib.parse.quote(PASSWORD, safe=""),
                      base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()]:
            yield "the proxy's password", spelt
        personal = (pathlib.Path(__file__).parent / "personal.txt").read_text().splitlines()
        yield from (("something personal", value) for value in personal if value)

    def look_for_leaks(self) -> None:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        texts = {path: path.read_bytes() for path in files}
        for what, secret in self.secrets():
            for path, text in texts.items():
                if secret.encode() in text:
                    raise SystemExit(f"{what} stands in {path}")
        print(f"nothing leaked into {len(files)} files")

    def walk(self) -> None:
        self.serve()
        self.proxy = squid.Squid(self.folder.parent / "squid", self.folder.parent / "squid-run",
                                 [HOST], USER, PASSWORD)
        try:
            for command, expected in commands(GUIDE.read_text()):
                self.do(command, expected)
            self.look_for_leaks()
            through = sum("TCP_TUNNEL/200" in line for line in self.proxy.log().splitlines())
            issued = len(self.issued.read_text().split())
            print(f"{through} connections went through the proxy, {issued} tokens were issued")
            if through < 50 or issued < 6:
                raise SystemExit("that is too few")
        finally:
            self.proxy.stop()
            self.server.terminate()
            self.server.wait()


def main() -> None:
    deskbell, folder = (pathlib.Path(given).resolve() for given in sys.argv[1:3])
    subprocess.run(["rm", "-rf", folder, folder.parent / "guide-tls"], check=True)
    folder.mkdir(parents=True)
    os.environ["PATH"] = f"{folder.parent / 'guide-bin'}:{os.environ['PATH']}"
    Walk(deskbell, folder).walk()


if __name__ == "__main__":
    main()
