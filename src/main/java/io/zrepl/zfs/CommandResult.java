package io.zrepl.zfs;

/**
 * How a short command ended.
 *
 * @param command what ran
 * @param status its exit status; 128 + N if signal N ended it
 * @param output its standard output, complete
 * @param errors its standard error; of very much only beginning and end
 */
public record CommandResult(Command command, int status, String output, String errors) {
  /** Whether the status is 0. */
  public boolean succeeded() {
    return status == 0;
  }
}
