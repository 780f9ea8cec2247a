package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.3")
class ResumptionOnZfs23Test extends ResumptionOnRealZfs {
  ResumptionOnZfs23Test(Guest guest) {
    super(guest);
  }
}
