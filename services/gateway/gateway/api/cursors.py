"""Where a page of a list ended, as an opaque word that asks for the next one."""

from base64 import b64decode, urlsafe_b64encode

from pydantic import TypeAdapter

from gateway.api.problems import unprocessable


class Cursors[P]:
    """The cursors of one list, whose `name` says what they hold: another list takes none of them.

    Another meaning of `place` is another name, such as `runs2`.
    """

    def __init__(self, name: str, place: type[P]) -> None:
        self._mark = f"{name}:".encode()
        self._places = TypeAdapter[P](place)

    def of(self, place: P | None) -> str | None:
        """Return the cursor that goes on behind `place`, None when there is nothing more."""
        if place is None:
            return None
        word = urlsafe_b64encode(self._mark + self._places.dump_json(place))
        return word.decode().rstrip("=")

    def place(self, cursor: str) -> P | None:
        """Return where `cursor` goes on, None for the beginning.

        Raises:
            ProblemError: this list gave no such cursor.
        """
        if not cursor:
            return None
        try:
            word = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            if word.startswith(self._mark):
                return self._places.validate_json(word.removeprefix(self._mark))
        except ValueError:
            pass
        raise unprocessable(
            "invalid-cursor",
            "the cursor is not one that this list gave: use next_cursor as it is, or none",
        )
