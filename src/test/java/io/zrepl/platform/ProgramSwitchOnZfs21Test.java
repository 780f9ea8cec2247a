package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.1")
class ProgramSwitchOnZfs21Test extends ProgramSwitchOnRealZfs {
  ProgramSwitchOnZfs21Test(Guest guest) {
    super(guest);
  }
}
