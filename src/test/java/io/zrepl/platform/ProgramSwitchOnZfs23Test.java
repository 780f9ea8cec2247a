package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.3")
class ProgramSwitchOnZfs23Test extends ProgramSwitchOnRealZfs {
  ProgramSwitchOnZfs23Test(Guest guest) {
    super(guest);
  }
}
