package io.zrepl.snapshot.hook;

/**
 * A hook around one snapshot. {@link #before} is called once; then, unless it threw a {@link
 * HookException}, {@link #after} is called once, whatever happened in between. Used by one thread
 * at a time.
 */
interface HookRun {

  /**
   * What happens before the snapshot. If it fails, it leaves nothing behind: no process, no lock.
   *
   * @return what it has to tell, for people; often the empty text
   * @throws InterruptedException if the caller was interrupted; what was begun is ended or will be
   *     by {@link #after}
   */
  String before() throws HookException, InterruptedException;

  /**
   * What happens after the snapshot. Ends within its timeout and a few seconds.
   *
   * @return what it has to tell, for people; often the empty text
   */
  String after() throws HookException, InterruptedException;
}
