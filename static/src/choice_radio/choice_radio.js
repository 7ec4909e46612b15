import { registry } from "@web/core/registry";
import { RadioField, radioField } from "@web/views/fields/radio/radio_field";

/**
 * Radio buttons of which another field of the record says which make sense: `choices_field` names
 * it, and it holds a list of values.
 */
export class ChoiceRadioField extends RadioField {
    static props = { ...RadioField.props, choicesField: { type: String } };

    get items() {
        const choices = this.props.record.data[this.props.choicesField] || [];
        return super.items.filter(([value]) => choices.includes(value));
    }
}

export const choiceRadioField = {
    ...radioField,
    component: ChoiceRadioField,
    supportedTypes: ["selection"],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...radioField.extractProps(fieldInfo, dynamicInfo),
        choicesField: fieldInfo.options.choices_field,
    }),
};

registry.category("fields").add("account_choice_radio", choiceRadioField);
