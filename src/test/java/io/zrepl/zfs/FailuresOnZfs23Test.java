package io.zrepl.zfs;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest
class FailuresOnZfs23Test extends FailuresOnRealZfs {
  FailuresOnZfs23Test(Guest guest) {
    super(guest);
  }
}
