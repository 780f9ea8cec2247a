package io.zrepl.endpoint;

/**
 * What the objects left on disk promise for a step ({@code replication.protection}).
 *
 * <table>
 * <caption>Objects per guarantee</caption>
 * <tr><th></th><th>before the send</th><th>after the receive</th></tr>
 * <tr><td>resumability</td><td>holds on from and to</td><td>cursor, last-received hold</td></tr>
 * <tr><td>incremental</td><td>tentative cursors of from and to</td><td>same</td></tr>
 * <tr><td>nothing</td><td>none</td><td>none; those of this job are removed</td></tr>
 * </table>
 */
public enum ReplicationGuarantee {
  /** An interrupted step can be resumed, and the next one be incremental. */
  RESUMABILITY,
  /** The next step can be incremental; partial progress may be lost. */
  INCREMENTAL,
  /** Nothing. */
  NOTHING
}
