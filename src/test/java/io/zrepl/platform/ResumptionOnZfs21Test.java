package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.1")
class ResumptionOnZfs21Test extends ResumptionOnRealZfs {
  ResumptionOnZfs21Test(Guest guest) {
    super(guest);
  }
}
