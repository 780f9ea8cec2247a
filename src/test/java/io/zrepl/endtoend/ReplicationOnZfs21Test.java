package io.zrepl.endtoend;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.1")
class ReplicationOnZfs21Test extends ReplicationOnRealZfs {
  ReplicationOnZfs21Test(Guest guest) {
    super(guest);
  }
}
