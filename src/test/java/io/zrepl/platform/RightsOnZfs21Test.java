package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.1")
class RightsOnZfs21Test extends RightsOnRealZfs {
  RightsOnZfs21Test(Guest guest) {
    super(guest, false);
  }
}
