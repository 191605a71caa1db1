"""Write the description of the API for readers outside Python: `docs/openapi.json`.

Run `python -m gateway.api.export docs/openapi.json`; a test keeps the file current.
"""

import sys
from pathlib import Path

from contracts.export import rendered
from gateway.api.app import api

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rendered(api().openapi()), encoding="utf-8")
