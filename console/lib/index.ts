/** What a flow builder gets; `index.test.ts` pins the names. */
export { type Json, jsonText, parseJson } from "@json/exact";
export { ActionPicker, type ActionPickerProps } from "./ActionPicker/ActionPicker";
export { ConfigureAction, type ConfigureActionProps } from "./ConfigureAction/ConfigureAction";
export { emptySettings } from "./ConfigureAction/model";
export { ContactPicker, type ContactPickerProps } from "./ContactPicker";
export type * from "./data-source";
export { FieldMapper, type FieldMapperProps } from "./FieldMapper/FieldMapper";
export { JsonataEditor, type JsonataEditorProps } from "./JsonataEditor";
export { ConnectorsProvider, type ConnectorsProviderProps, type Theme } from "./provider";
export { ResponseTree, type ResponseTreeProps } from "./ResponseTree";
export { contactVariables, variablesOf, variablesOfSchema } from "./VariableField/template";
export { VariableField, type VariableFieldProps } from "./VariableField/VariableField";
