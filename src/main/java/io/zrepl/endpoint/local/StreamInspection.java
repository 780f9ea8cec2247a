package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendStream;

/**
 * A stream whose first bytes were looked at, since the request that came with it does not say
 * whether it has a base.
 *
 * @param fullStream whether it is known to have none
 * @param stream to be read instead of the one that was looked at
 */
public record StreamInspection(boolean fullStream, SendStream stream) {

  /** Looks at a stream; blocks until its beginning is there. */
  public static StreamInspection of(SendStream stream) {
    InspectedStream inspected = InspectedStream.of(stream);
    return new StreamInspection(inspected.isFull(), inspected);
  }
}
