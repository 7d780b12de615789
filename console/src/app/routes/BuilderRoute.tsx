import BuilderPage from "@/features/builder/BuilderPage";
import { Only } from "@/features/session/Only";

/** The wizard asks the server to judge and to test, which takes the same as to save. */
export default function BuilderRoute() {
  return (
    <Only scope="connectors:edit" isPage>
      <BuilderPage />
    </Only>
  );
}
