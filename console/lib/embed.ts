/** The library as another page gets it: its parts, and their look in one layer. */
import "@ui/tokens.css";
import "./root.css";

export * from "./index";
