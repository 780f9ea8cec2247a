package io.zrepl.zfs;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.1")
class FailuresOnZfs21Test extends FailuresOnRealZfs {
  FailuresOnZfs21Test(Guest guest) {
    super(guest);
  }
}
