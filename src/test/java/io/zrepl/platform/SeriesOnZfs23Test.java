package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.3")
class SeriesOnZfs23Test extends SeriesOnRealZfs {
  SeriesOnZfs23Test(Guest guest) {
    super(guest);
  }
}
