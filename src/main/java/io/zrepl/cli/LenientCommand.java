package io.zrepl.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Parameters;

/** A command that ignores surplus arguments, as scripts written for Go zrepl may have them. */
abstract class LenientCommand implements Callable<Integer> {
  @Parameters(hidden = true)
  @SuppressWarnings("UnusedVariable") // only there to be allowed
  private List<String> surplus = List.of();
}
