"""Run one installed service as a process: `python -m yaa.service NAME [DATA_DIR]`.

The data folder is there to be read in the list of processes: it says whose child this is.
"""

import sys

from agentkit.errors import SettingsError
from agentkit.service import load_service, main

if __name__ == "__main__":
    try:
        found = load_service(sys.argv[1])
    except SettingsError as error:
        sys.exit(f"yaa: {error}")
    main(found)
