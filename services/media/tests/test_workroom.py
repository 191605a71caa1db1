"""The folder of a video goes away, and its faults are told in one sentence."""

import errno
from pathlib import Path

import pytest

from media.workroom import DiskFullError, WorkroomError, workroom


def test_the_folder_is_there_inside_and_gone_afterwards(tmp_path: Path) -> None:
    with workroom(tmp_path / "new", min_free_bytes=0) as folder:
        (folder / "file").write_text("x", encoding="utf-8")
        assert folder.parent == tmp_path / "new"

    assert list((tmp_path / "new").iterdir()) == []


def test_a_nearly_full_disk_is_refused_with_folder_bytes_and_way_out(tmp_path: Path) -> None:
    wanted = 10**18

    with pytest.raises(DiskFullError) as caught, workroom(tmp_path, min_free_bytes=wanted):
        pass

    message = str(caught.value)
    assert str(tmp_path) in message
    assert f"{wanted:,}" in message
    assert "bytes are free" in message
    assert "YAA_WORK_DIR" in message


def test_a_disk_that_fills_up_meanwhile_is_told_the_same_way(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match="YAA_WORK_DIR"), workroom(tmp_path, min_free_bytes=0):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    with (
        pytest.raises(WorkroomError, match=r"file/room.*YAA_WORK_DIR"),
        workroom(tmp_path / "file" / "room", min_free_bytes=0),
    ):
        pass


def test_other_faults_pass_through(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError), workroom(tmp_path, min_free_bytes=0):
        raise ConnectionResetError
