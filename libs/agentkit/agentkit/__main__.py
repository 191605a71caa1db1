"""Run one installed service as a process: `python -m agentkit NAME [DATA_DIR]`.

The data folder is there to be read in the list of processes: it says whose child this is.
"""

import sys

from agentkit.errors import SettingsError
from agentkit.service import USAGE_EXIT_CODE, load_service, main

if __name__ == "__main__":
    try:
        found = load_service("".join(sys.argv[1:2]))
    except SettingsError as error:
        sys.stderr.write(f"agentkit: {error}\n")
        sys.exit(USAGE_EXIT_CODE)
    main(found)
