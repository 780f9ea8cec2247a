package io.zrepl.endpoint.local.abstraction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.CreateTxg;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreateTxgRangeTest {
  private static final String HIGHEST = "18446744073709551615";

  private static CreateTxg number(String text) throws InvalidValueException {
    return CreateTxg.parse(text.replace("M-1", "18446744073709551614").replace("M", HIGHEST));
  }

  @ParameterizedTest(name = "{0} contains {1}, not {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "~,~   | 0 1 M-1 M |",
        "[2,5) | 2 3 4     | 0 1 5 6",
        "(2,5] | 3 4 5     | 0 1 2 6",
        "(2,~  | 3 4 5 6 M | 0 1 2",
        "~,4]  | 0 1 2 3 4 | 5 M",
        "[M,~  | M         | M-1 0 1",
        "[2,2] | 2         | 1 3",
        "(1,3) | 2         | 1 3",
        "~,1)  | 0         | 1",
      })
  void rangeContainsWhatItsBoundsSay(String range, String contained, String other)
      throws Exception {
    CreateTxgRange parsed = CreateTxgRange.parse(range.replace("M", HIGHEST), false);
    for (String text : contained.split(" ", -1)) {
      assertThat(parsed.contains(number(text))).as(text).isTrue();
    }
    for (String text : other == null ? new String[0] : other.split(" ", -1)) {
      assertThat(parsed.contains(number(text))).as(text).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[23,20]", "(23,22]", "(2,2)", "[2,2)", "(2,2]", "(2,3)", "(M,~", "~,0]", "~,0)", "[0,~",
        "(0,5]", "", "~", "2,5", "[2,5", "~),5]", "[~,5]", "[-1,5]", "[2;5]", "[2, 5]",
        "[18446744073709551616,~", "[2,5]x"
      })
  void emptyAndMalformedRangesAreRefused(String range) {
    assertThatThrownBy(() -> CreateTxgRange.parse(range.replace("M", HIGHEST), false))
        .isInstanceOf(InvalidValueException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"~,0] | true", "~,0) | false", "[0,~ | true"})
  void boundOfZeroIsValidOnlyWhereItIsAllowedAndLeavesSomething(String range, boolean valid)
      throws Exception {
    if (valid) {
      assertThat(CreateTxgRange.parse(range, true).contains(new CreateTxg(0))).isTrue();
    } else {
      assertThatThrownBy(() -> CreateTxgRange.parse(range, true))
          .isInstanceOf(InvalidValueException.class);
    }
  }
}
