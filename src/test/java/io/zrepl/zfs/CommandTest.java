package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandTest {
  @ParameterizedTest(name = "{0} touches {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "zfs list -H -o name tank | tank",
        "zfs list -H -p -o name,guid -t snapshot,bookmark -d 1 tank/a data/b@1 | tank data",
        "zfs list -H -o name -t snapshot | ''",
        "zfs get -Hp -o value quota,available tank | tank",
        "zfs get -Hp -o name,value -r -t filesystem,volume guid tank/a | tank",
        "zfs hold tag tank/a@1 | tank",
        "zfs release tag tank/a@1 data/b@2 | tank data",
        "zfs set zrepl:placeholder=on tank/a | tank",
        "zfs create -o mountpoint=none tank/a | tank",
        "zfs recv -s -x mountpoint -o readonly=on backup/a@1 | backup",
        "zfs recv -F -s backup/a@1 | backup",
        "zfs send -w -i tank/a#1 tank/a@2 | tank",
        "zfs send -t 1-abc | ''",
        "zfs destroy tank/a@1,2,3 | tank",
        "zpool get -H -p -o value feature@extensible_dataset tank | tank"
      })
  void poolsAreThoseOfTheNamesAlone(String line, String pools) {
    List<String> arguments = Arrays.asList(line.split(" ", -1));
    Set<String> expected = new TreeSet<>(Arrays.asList(pools.split(" ", -1)));
    expected.remove("");
    assertThat(Command.pools(arguments)).isEqualTo(expected);
  }
}
