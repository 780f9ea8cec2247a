package io.zrepl.rpc.fuzz;

import io.zrepl.rpc.Banner;
import io.zrepl.rpc.Plane;
import io.zrepl.transport.MemoryConnection;
import java.io.IOException;

/** What a stranger sends first: banner and label. */
public final class BannerFuzz {
  private BannerFuzz() {}

  /** Called by Jazzer, and with the corpus by the build. */
  public static void fuzzerTestOneInput(byte[] input) {
    MemoryConnection connection = MemoryConnection.of(input);
    try {
      Banner banner = Banner.read(connection);
      byte[] again = new byte[banner.encode().remaining()];
      banner.encode().get(again);
      if (!Banner.read(MemoryConnection.of(again)).equals(banner)) {
        throw new AssertionError("written and read again it is another one");
      }
      Object _ = Plane.read(connection);
    } catch (IOException e) {
      // refused
    }
  }
}
