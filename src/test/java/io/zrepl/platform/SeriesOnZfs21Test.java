package io.zrepl.platform;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.1")
class SeriesOnZfs21Test extends SeriesOnRealZfs {
  SeriesOnZfs21Test(Guest guest) {
    super(guest);
  }
}
