"""Our own code as a wheel, for workers on other machines."""

import subprocess
import sys
from pathlib import Path

from schemas.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def built_wheel(folder: str, root: Path = ROOT) -> str:
    """Builds the checkout that is running into `folder` and returns the wheel's path.

    Raises:
        SettingsError: there is no checkout, or it cannot be built.
    """
    if not (root / "pyproject.toml").is_file():
        raise SettingsError(
            "no_checkout",
            "frametrail runs from an installed package here, of which no wheel can be made: name the wheel it was"
            " installed from, `run: {dataflow: {package: frametrail-….whl}}`",
        )
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(root)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason was given"]
        raise SettingsError(
            "no_wheel",
            f"the wheel for the workers cannot be built ({last[0][:300]}): pip install 'frametrail[dataflow]', or name"
            " a wheel, `run: {dataflow: {package: frametrail-….whl}}`",
        )
    (wheel,) = Path(folder).glob("frametrail-*.whl")
    return str(wheel)
