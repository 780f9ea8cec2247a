package io.zrepl.endtoend;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;

@LabTest(zfs = "2.3")
class ReplicationOnZfs23Test extends ReplicationOnRealZfs {
  ReplicationOnZfs23Test(Guest guest) {
    super(guest);
  }
}
