package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.3")
class RightsOnZfs23Test extends RightsOnRealZfs {
  RightsOnZfs23Test(Guest guest) {
    super(guest, true);
  }
}
